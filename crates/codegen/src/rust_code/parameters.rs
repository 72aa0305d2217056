//! The parameters of statements, one by one and as a struct.

use super::{
    layout,
    value::{Options, Value},
};
use crate::{
    analysis::parameter_options as are_options,
    queries::names::{camel_case, identifier},
    query_check::Prepared,
    settings::{Settings, Types},
};

/// A parameter of a statement.
pub(super) struct Parameter {
    /// As Rust writes it.
    pub(super) name: String,
    value: Value,
    options: Options,
    /// It is the order, and no parameter of the SQL.
    pub(super) is_order: bool,
}

impl Parameter {
    /// Those of a statement, in their order.
    pub(super) fn all(prepared: &Prepared<'_>, settings: &Types) -> Vec<Self> {
        let Prepared { module, query, statement } = prepared;
        let types = query.flat.parameters.iter().zip(statement.params());
        let is_filter = |name: &String| query.choices.as_ref().is_some_and(|choices| choices.filters.contains(name));
        let parameter = |(name, ty): (&barqnet_db_sql::Name, _)| {
            let options: Options = are_options(module, query, &name.text).into();
            Self {
                name: identifier(&name.text),
                value: Value::of(ty, None, settings),
                options: Options { value: options.value || is_filter(&name.text), ..options },
                is_order: false,
            }
        };
        let mut all: Vec<Self> = types.map(parameter).collect();
        if let Some(choices) = query.choices.as_ref().filter(|choices| !choices.orders.is_empty()) {
            let (name, value) = ("order".to_owned(), Value::copied(&order_type(&query.name.text)));
            all.insert(choices.order_place, Self { name, value, options: Options::default(), is_order: true });
        }
        all
    }

    /// Its type where it is borrowed for `lifetime`.
    pub(super) fn ty(&self, lifetime: &str) -> String {
        self.value.parameter(self.options, lifetime)
    }
}

/// The enum of a query's orders.
pub(super) fn order_type(query: &str) -> String {
    format!("{}Order", camel_case(query))
}

/// The name of the struct; a single parameter has none.
fn struct_name(query: &str, parameters: &[Parameter]) -> Option<String> {
    (parameters.len() > 1).then(|| format!("{}Params", camel_case(query)))
}

/// The type of the struct where it is borrowed for `lifetime`.
pub(super) fn struct_type(query: &str, parameters: &[Parameter], lifetime: &str) -> Option<String> {
    let name = struct_name(query, parameters)?;
    let generic = parameters.iter().filter(|it| it.value.is_generic()).map(|it| {
        // An `Option` is the field's, not the type parameter's.
        it.value.parameter(Options { value: false, ..it.options }, lifetime)
    });
    let lifetimes = borrows(parameters).then(|| lifetime.to_owned());
    let arguments: Vec<String> = lifetimes.into_iter().chain(generic).collect();
    Some(if arguments.is_empty() { name } else { format!("{name}<{}>", arguments.join(", ")) })
}

fn borrows(parameters: &[Parameter]) -> bool {
    parameters.iter().any(|it| !it.value.is_generic() && it.ty("'a").contains("'a"))
}

/// The struct of the parameters of a statement, if it has several.
pub(super) fn struct_code(settings: &Settings, prepared: &Prepared<'_>) -> Option<String> {
    let query = &prepared.query.name.text;
    let parameters = Parameter::all(prepared, &settings.types);
    let name = struct_name(query, &parameters)?;
    let mut generics: Vec<String> = borrows(&parameters).then(|| "'a".to_owned()).into_iter().collect();
    let first = generics.len();
    let fields: String = parameters
        .iter()
        .map(|it| {
            let ty = it.value.field(it.options, || {
                generics.push(format!("T{}", generics.len() - first + 1));
                generics[generics.len() - 1].clone()
            });
            format!("    pub {}: {ty},\n", it.name)
        })
        .collect();
    let is_secret = parameters.iter().any(|it| settings.secrets.contains(&it.name));
    let mut derived = Vec::new();
    if parameters.iter().all(|it| it.value.is_moved()) {
        derived.push("Clone");
        derived.extend(parameters.iter().all(|it| it.value.is_copy()).then_some("Copy"));
    }
    derived.extend((!is_secret).then_some("Debug"));
    let derived = if derived.is_empty() { String::new() } else { format!("#[derive({})]\n", derived.join(", ")) };
    let generics = if generics.is_empty() { String::new() } else { format!("<{}>", generics.join(", ")) };
    let documentation = layout::documentation(0, [format!("The parameters of [`{query}`](fn@{query}).").as_str()]);
    Some(format!("{documentation}{derived}pub struct {name}{generics} {{\n{fields}}}\n"))
}
