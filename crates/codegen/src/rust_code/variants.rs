//! The code of a query that is several statements: their texts, the enum of its orders, and how one is chosen.

use barqnet_db_client::{fingerprint, type_name};

use super::{
    CLIENT as DB, layout,
    parameters::order_type,
    row::Context,
    statement::{list_of, type_of},
};
use crate::{
    queries::{
        Choices, Query, key_of_parameter,
        names::{camel_case, identifier},
    },
    query_check::Prepared,
};

pub(super) struct Several<'s, 'm> {
    query: &'s Query,
    choices: &'s Choices,
    context: Context<'s>,
    /// By their numbers.
    variants: Vec<&'s Prepared<'m>>,
}

impl<'s, 'm> Several<'s, 'm> {
    pub(super) fn of(
        prepared: &'s Prepared<'m>,
        variants: Vec<&'s Prepared<'m>>,
        context: Context<'s>,
    ) -> Option<Self> {
        let choices = prepared.query.choices.as_ref()?;
        Some(Self { query: prepared.query, choices, context, variants })
    }

    pub(super) fn has_pages(&self) -> bool {
        self.choices.page.is_some()
    }

    /// The enum of the orders, and the name of the cursor.
    pub(super) fn declared(&self) -> String {
        let name = &self.query.name.text;
        let mut code = String::new();
        if !self.choices.orders.is_empty() {
            let text = &self.context.module.text;
            let orders = self.choices.orders.iter().map(|order| {
                let keys = text[order.offset + order.text.len()..].lines().next().unwrap_or_default();
                let keys = keys.split(';').next().unwrap_or_default().trim().trim_start_matches(':').trim();
                let variant = camel_case(&order.text);
                format!("        /// `{keys}`\n        {variant} = {:?},\n", order.text)
            });
            code.push_str(&format!(
                "{DB}::order! {{\n    /// The orders of [`{name}`](fn@{name}).\n    pub enum {} {{\n{}    }}\n}}\n",
                order_type(name),
                orders.collect::<String>()
            ));
        }
        if self.has_pages() {
            code.push_str(&format!(
                "/// Where a page of [`{name}`](fn@{name}) begins or ends.\npub type {}Cursor = {DB}::Cursor<{}>;\n",
                camel_case(name),
                type_of(self.query)
            ));
        }
        code
    }

    /// The statements.
    pub(super) fn constant(&self) -> String {
        let variants = self.variants.iter().filter_map(|it| {
            let variant = it.query.variant.as_ref()?;
            let (sql, types) = if it.query.choices.is_some() {
                ("Self::QUERY.sql".to_owned(), "Self::QUERY.parameters".to_owned())
            } else {
                let sql = it.query.flat.with_name(&it.module.name, &it.query.name.text);
                let types = it.statement.params().iter().map(|ty| format!("{:?}", type_name(ty)));
                (format!("{sql:?}"), list_of(types))
            };
            let places = it.query.flat.parameters.iter().filter_map(|name| self.place(&name.text));
            let places = list_of(places.map(|place| place.to_string()));
            Some(format!(
                "        // {}\n        {DB}::Variant::new(Self::QUERY, {sql}, {types}, {places}),\n",
                variant.label
            ))
        });
        format!(
            "    /// The statement of each choice.\n    pub const VARIANTS: &'static [{DB}::Variant] = &[\n{}    ];\n",
            variants.collect::<String>()
        )
    }

    /// The place of a parameter among those of the function, which the keys of a cursor follow.
    fn place(&self, name: &str) -> Option<usize> {
        let all = &self.query.flat.parameters;
        let own = all.iter().position(|parameter| parameter.text == name);
        own.or_else(|| Some(all.len() + key_of_parameter(name)?))
    }

    /// The number of the statement, of the first page if there are pages.
    fn number(&self, order: &str) -> String {
        let filters = self.choices.filters.iter().map(|name| format!("{}.is_some()", identifier(name)));
        let filters: Vec<String> = filters.collect();
        format!("{DB}::variant(&[{}], {order})", filters.join(", "))
    }

    fn order(&self) -> &'static str {
        if self.choices.orders.is_empty() { "0" } else { "*order as usize" }
    }

    /// The body of `bind` for a statement that returns no rows.
    pub(super) fn execute(&self, names: &[String]) -> String {
        let number = self.number(self.order());
        layout::list(8, &format!("Self::VARIANTS[{number}].execute(client, &["), names, "]).await")
    }

    /// The body of `bind` for a statement that returns rows.
    pub(super) fn bind(&self, names: &[String], own: &str) -> String {
        let Some((size, _)) = &self.choices.page else {
            let variant = format!("        let variant = &Self::VARIANTS[{}];\n", self.number(self.order()));
            let open = format!("{DB}::Bound::variant(variant, client, [");
            return variant + &layout::list(8, &open, names, &format!("], {own})"));
        };
        let place = self.place(size).unwrap_or_default();
        let (order, before) = if self.choices.orders.is_empty() {
            ("0", String::new())
        } else {
            ("order", format!("        let order = {};\n", self.order()))
        };
        let close = format!("], (variant, {order}), ({place}, *{}), {own})", identifier(size));
        format!("{before}        let variant = {};\n", self.number(order))
            + &layout::list(8, &format!("{DB}::Pages::new(client, ["), names, &close)
    }

    /// What a cursor needs to know; `None` without pages.
    pub(super) fn paged(&self) -> Option<String> {
        let (_, descriptions) = self.choices.page.as_ref()?;
        let module = self.context.module;
        let orders = descriptions.iter().enumerate().map(|(number, description)| {
            let name = self.choices.orders.get(number).map_or("", |order| order.text.as_str());
            let keys = self.context.facts.pages.of(&module.path, self.query, number);
            let types: Vec<&str> = keys.iter().map(|(_, ty)| ty.as_str()).collect();
            let described =
                format!("{}.{} {name}: {description} ({})", module.name, self.query.name.text, types.join(", "));
            let tag = fingerprint(described.as_bytes());
            let keys = list_of(keys.iter().map(|(column, ty)| format!("({column}, {ty:?})")));
            format!("        {DB}::PageOrder {{ name: {name:?}, tag: 0x{tag:08x}, keys: {keys} }},\n")
        });
        Some(format!(
            "impl {DB}::Paged for {} {{
    const QUERY: &'static {DB}::Query = Self::QUERY;
    const VARIANTS: &'static [{DB}::Variant] = Self::VARIANTS;
    const ORDERS: &'static [{DB}::PageOrder] = &[
{}    ];
}}
",
            type_of(self.query),
            orders.collect::<String>()
        ))
    }
}
