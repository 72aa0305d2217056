//! Leaves what the bases made out of the catalogue.

use std::collections::BTreeSet;

use super::{
    catalogue::Catalogue,
    objects::class::{CONSTRAINT, FUNCTION, RELATION, SCHEMA, TRIGGER, TYPE},
};
use crate::bases::BaseObjects;

impl Catalogue {
    /// Keeps what the project's own migrations made. A table of a base stays, without what is the base's, if an index or a
    /// constraint on it is the project's own, or if a foreign key refers to it.
    pub(super) fn keep_own(&mut self, of_bases: &BaseObjects) {
        if of_bases.is_empty() {
            return;
        }
        for relation in &mut self.relations {
            relation.is_of_base = of_bases.has(RELATION, relation.oid);
            relation.constraints.retain(|constraint| !of_bases.has(CONSTRAINT, constraint.oid));
            relation.indexes.retain(|index| !of_bases.has(RELATION, index.oid));
        }
        let constraints = self.relations.iter().flat_map(|relation| &relation.constraints);
        let targets: BTreeSet<u32> = constraints.map(|constraint| constraint.target).collect();
        self.relations.retain(|relation| {
            let is_needed = !relation.constraints.is_empty() || !relation.indexes.is_empty();
            !relation.is_of_base || is_needed || targets.contains(&relation.oid)
        });
        self.schemas.retain(|schema| !of_bases.has(SCHEMA, schema.oid));
        self.functions.retain(|function| !of_bases.has(FUNCTION, function.oid));
        self.types.retain(|type_| !of_bases.has(TYPE, type_.oid));
        self.triggers.retain(|trigger| !of_bases.has(TRIGGER, trigger.oid));
    }
}
