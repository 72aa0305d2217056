// Written by the build step from migrations/. Edit those files: `cargo build` brings this one up to date.

//! The enums and composite types that the queries use.

/// Types of the schema `partner`.
pub mod partner {
    /// The enum `binding`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Binding {
        /// `HC`
        Hardcover,
        /// `PB`
        Paperback,
        /// `2nd hand`
        SecondHand,
    }
    impl Binding {
        /// The label.
        pub fn as_str(&self) -> &str {
            match self {
                Self::Hardcover => "HC",
                Self::Paperback => "PB",
                Self::SecondHand => "2nd hand",
            }
        }
    }
    impl postgres_types::ToSql for Binding {
        fn to_sql(
            &self,
            _: &postgres_types::Type,
            out: &mut postgres_types::private::BytesMut,
        ) -> std::result::Result<
            postgres_types::IsNull,
            std::boxed::Box<dyn std::error::Error + Sync + Send>,
        > {
            out.extend_from_slice(self.as_str().as_bytes());
            std::result::Result::Ok(postgres_types::IsNull::No)
        }
        fn accepts(ty: &postgres_types::Type) -> bool {
            barqnet_db_client::types::is_enum(ty, "binding")
        }
        postgres_types::to_sql_checked!();
    }
    impl<'a> postgres_types::FromSql<'a> for Binding {
        fn from_sql(
            _: &postgres_types::Type,
            raw: &'a [u8],
        ) -> std::result::Result<
            Self,
            std::boxed::Box<dyn std::error::Error + Sync + Send>,
        > {
            match std::str::from_utf8(raw)? {
                "HC" => std::result::Result::Ok(Self::Hardcover),
                "PB" => std::result::Result::Ok(Self::Paperback),
                "2nd hand" => std::result::Result::Ok(Self::SecondHand),
                label => {
                    std::result::Result::Err(
                        format!(
                            "the enum binding has the label `{label}`, which this program does not know"
                        )
                            .into(),
                    )
                }
            }
        }
        fn accepts(ty: &postgres_types::Type) -> bool {
            barqnet_db_client::types::is_enum(ty, "binding")
        }
    }
    /// The composite type `seller`.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Seller {
        /// `name`
        pub name: std::option::Option<std::string::String>,
        /// `rating`
        pub rating: std::option::Option<barqnet_db_client::types::rust_decimal::Decimal>,
    }
    impl postgres_types::ToSql for Seller {
        fn to_sql(
            &self,
            ty: &postgres_types::Type,
            out: &mut postgres_types::private::BytesMut,
        ) -> std::result::Result<
            postgres_types::IsNull,
            std::boxed::Box<dyn std::error::Error + Sync + Send>,
        > {
            barqnet_db_client::types::write_composite(
                ty,
                out,
                |name| match name {
                    "name" => std::option::Option::Some(&self.name),
                    "rating" => std::option::Option::Some(&self.rating),
                    _ => std::option::Option::None,
                },
            )
        }
        fn accepts(ty: &postgres_types::Type) -> bool {
            barqnet_db_client::types::is_composite(ty, "seller")
        }
        postgres_types::to_sql_checked!();
    }
    impl<'a> postgres_types::FromSql<'a> for Seller {
        fn from_sql(
            ty: &postgres_types::Type,
            raw: &'a [u8],
        ) -> std::result::Result<
            Self,
            std::boxed::Box<dyn std::error::Error + Sync + Send>,
        > {
            let fields = barqnet_db_client::types::Fields::new(ty, raw)?;
            std::result::Result::Ok(Self {
                name: fields.read("name")?,
                rating: fields.read_lossless("rating")?,
            })
        }
        fn accepts(ty: &postgres_types::Type) -> bool {
            barqnet_db_client::types::is_composite(ty, "seller")
        }
    }
}
/// The composite type `address`.
#[derive(Debug, Clone, PartialEq)]
pub struct Address {
    /// `street`
    pub street: std::option::Option<std::string::String>,
    /// `postcode`
    pub postcode: std::option::Option<std::string::String>,
    /// `country`
    pub country: std::option::Option<std::string::String>,
}
impl postgres_types::ToSql for Address {
    fn to_sql(
        &self,
        ty: &postgres_types::Type,
        out: &mut postgres_types::private::BytesMut,
    ) -> std::result::Result<
        postgres_types::IsNull,
        std::boxed::Box<dyn std::error::Error + Sync + Send>,
    > {
        barqnet_db_client::types::write_composite(
            ty,
            out,
            |name| match name {
                "street" => std::option::Option::Some(&self.street),
                "postcode" => std::option::Option::Some(&self.postcode),
                "country" => std::option::Option::Some(&self.country),
                _ => std::option::Option::None,
            },
        )
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        barqnet_db_client::types::is_composite(ty, "address")
    }
    postgres_types::to_sql_checked!();
}
impl<'a> postgres_types::FromSql<'a> for Address {
    fn from_sql(
        ty: &postgres_types::Type,
        raw: &'a [u8],
    ) -> std::result::Result<
        Self,
        std::boxed::Box<dyn std::error::Error + Sync + Send>,
    > {
        let fields = barqnet_db_client::types::Fields::new(ty, raw)?;
        std::result::Result::Ok(Self {
            street: fields.read("street")?,
            postcode: fields.read("postcode")?,
            country: fields.read("country")?,
        })
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        barqnet_db_client::types::is_composite(ty, "address")
    }
}
/// The composite type `award`.
#[derive(Debug, Clone, PartialEq)]
pub struct Award {
    /// `name`
    pub name: std::string::String,
    /// `year`
    pub year: std::option::Option<i32>,
}
impl postgres_types::ToSql for Award {
    fn to_sql(
        &self,
        ty: &postgres_types::Type,
        out: &mut postgres_types::private::BytesMut,
    ) -> std::result::Result<
        postgres_types::IsNull,
        std::boxed::Box<dyn std::error::Error + Sync + Send>,
    > {
        barqnet_db_client::types::write_composite(
            ty,
            out,
            |name| match name {
                "name" => std::option::Option::Some(&self.name),
                "year" => std::option::Option::Some(&self.year),
                _ => std::option::Option::None,
            },
        )
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        barqnet_db_client::types::is_composite(ty, "award")
    }
    postgres_types::to_sql_checked!();
}
impl<'a> postgres_types::FromSql<'a> for Award {
    fn from_sql(
        ty: &postgres_types::Type,
        raw: &'a [u8],
    ) -> std::result::Result<
        Self,
        std::boxed::Box<dyn std::error::Error + Sync + Send>,
    > {
        let fields = barqnet_db_client::types::Fields::new(ty, raw)?;
        std::result::Result::Ok(Self {
            name: fields.read("name")?,
            year: fields.read("year")?,
        })
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        barqnet_db_client::types::is_composite(ty, "award")
    }
}
/// The enum `binding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Binding {
    /// `hardcover`
    Hardcover,
    /// `paperback`
    Paperback,
    /// `e-book`
    EBook,
}
impl Binding {
    /// The label.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Hardcover => "hardcover",
            Self::Paperback => "paperback",
            Self::EBook => "e-book",
        }
    }
}
impl postgres_types::ToSql for Binding {
    fn to_sql(
        &self,
        _: &postgres_types::Type,
        out: &mut postgres_types::private::BytesMut,
    ) -> std::result::Result<
        postgres_types::IsNull,
        std::boxed::Box<dyn std::error::Error + Sync + Send>,
    > {
        out.extend_from_slice(self.as_str().as_bytes());
        std::result::Result::Ok(postgres_types::IsNull::No)
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        barqnet_db_client::types::is_enum(ty, "binding")
    }
    postgres_types::to_sql_checked!();
}
impl<'a> postgres_types::FromSql<'a> for Binding {
    fn from_sql(
        _: &postgres_types::Type,
        raw: &'a [u8],
    ) -> std::result::Result<
        Self,
        std::boxed::Box<dyn std::error::Error + Sync + Send>,
    > {
        match std::str::from_utf8(raw)? {
            "hardcover" => std::result::Result::Ok(Self::Hardcover),
            "paperback" => std::result::Result::Ok(Self::Paperback),
            "e-book" => std::result::Result::Ok(Self::EBook),
            label => {
                std::result::Result::Err(
                    format!(
                        "the enum binding has the label `{label}`, which this program does not know"
                    )
                        .into(),
                )
            }
        }
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        barqnet_db_client::types::is_enum(ty, "binding")
    }
}
/// The composite type `edition`.
#[derive(Debug, Clone, PartialEq)]
pub struct Edition {
    /// `number`
    pub number: std::option::Option<i16>,
    /// `printed_on`
    pub printed_on: std::option::Option<chrono::NaiveDate>,
    /// `size`
    pub size: std::option::Option<self::Size>,
}
impl postgres_types::ToSql for Edition {
    fn to_sql(
        &self,
        ty: &postgres_types::Type,
        out: &mut postgres_types::private::BytesMut,
    ) -> std::result::Result<
        postgres_types::IsNull,
        std::boxed::Box<dyn std::error::Error + Sync + Send>,
    > {
        barqnet_db_client::types::write_composite(
            ty,
            out,
            |name| match name {
                "number" => std::option::Option::Some(&self.number),
                "printed_on" => std::option::Option::Some(&self.printed_on),
                "size" => std::option::Option::Some(&self.size),
                _ => std::option::Option::None,
            },
        )
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        barqnet_db_client::types::is_composite(ty, "edition")
    }
    postgres_types::to_sql_checked!();
}
impl<'a> postgres_types::FromSql<'a> for Edition {
    fn from_sql(
        ty: &postgres_types::Type,
        raw: &'a [u8],
    ) -> std::result::Result<
        Self,
        std::boxed::Box<dyn std::error::Error + Sync + Send>,
    > {
        let fields = barqnet_db_client::types::Fields::new(ty, raw)?;
        std::result::Result::Ok(Self {
            number: fields.read("number")?,
            printed_on: fields.read("printed_on")?,
            size: fields.read("size")?,
        })
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        barqnet_db_client::types::is_composite(ty, "edition")
    }
}
/// The enum `order_status`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OrderStatus {
    /// `new`
    New,
    /// `in-transit`
    InTransit,
    /// `delivered`
    Delivered,
    /// A label that this program does not know, because a later migration added it.
    Unknown(std::string::String),
}
impl OrderStatus {
    /// The label.
    pub fn as_str(&self) -> &str {
        match self {
            Self::New => "new",
            Self::InTransit => "in-transit",
            Self::Delivered => "delivered",
            Self::Unknown(label) => label,
        }
    }
}
impl postgres_types::ToSql for OrderStatus {
    fn to_sql(
        &self,
        _: &postgres_types::Type,
        out: &mut postgres_types::private::BytesMut,
    ) -> std::result::Result<
        postgres_types::IsNull,
        std::boxed::Box<dyn std::error::Error + Sync + Send>,
    > {
        out.extend_from_slice(self.as_str().as_bytes());
        std::result::Result::Ok(postgres_types::IsNull::No)
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        barqnet_db_client::types::is_enum(ty, "order_status")
    }
    postgres_types::to_sql_checked!();
}
impl<'a> postgres_types::FromSql<'a> for OrderStatus {
    fn from_sql(
        _: &postgres_types::Type,
        raw: &'a [u8],
    ) -> std::result::Result<
        Self,
        std::boxed::Box<dyn std::error::Error + Sync + Send>,
    > {
        match std::str::from_utf8(raw)? {
            "new" => std::result::Result::Ok(Self::New),
            "in-transit" => std::result::Result::Ok(Self::InTransit),
            "delivered" => std::result::Result::Ok(Self::Delivered),
            label => std::result::Result::Ok(Self::Unknown(label.to_owned())),
        }
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        barqnet_db_client::types::is_enum(ty, "order_status")
    }
}
/// The composite type `size`.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    /// `width_mm`
    pub width_mm: std::option::Option<i32>,
    /// `height_mm`
    pub height_mm: std::option::Option<i32>,
}
impl postgres_types::ToSql for Size {
    fn to_sql(
        &self,
        ty: &postgres_types::Type,
        out: &mut postgres_types::private::BytesMut,
    ) -> std::result::Result<
        postgres_types::IsNull,
        std::boxed::Box<dyn std::error::Error + Sync + Send>,
    > {
        barqnet_db_client::types::write_composite(
            ty,
            out,
            |name| match name {
                "width_mm" => std::option::Option::Some(&self.width_mm),
                "height_mm" => std::option::Option::Some(&self.height_mm),
                _ => std::option::Option::None,
            },
        )
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        barqnet_db_client::types::is_composite(ty, "size")
    }
    postgres_types::to_sql_checked!();
}
impl<'a> postgres_types::FromSql<'a> for Size {
    fn from_sql(
        ty: &postgres_types::Type,
        raw: &'a [u8],
    ) -> std::result::Result<
        Self,
        std::boxed::Box<dyn std::error::Error + Sync + Send>,
    > {
        let fields = barqnet_db_client::types::Fields::new(ty, raw)?;
        std::result::Result::Ok(Self {
            width_mm: fields.read("width_mm")?,
            height_mm: fields.read("height_mm")?,
        })
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        barqnet_db_client::types::is_composite(ty, "size")
    }
}
/// The enum `wrapping`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wrapping {
    /// `box`
    Box,
    /// `bag`
    Bag,
}
impl Wrapping {
    /// The label.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Box => "box",
            Self::Bag => "bag",
        }
    }
}
impl postgres_types::ToSql for Wrapping {
    fn to_sql(
        &self,
        _: &postgres_types::Type,
        out: &mut postgres_types::private::BytesMut,
    ) -> std::result::Result<
        postgres_types::IsNull,
        std::boxed::Box<dyn std::error::Error + Sync + Send>,
    > {
        out.extend_from_slice(self.as_str().as_bytes());
        std::result::Result::Ok(postgres_types::IsNull::No)
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        barqnet_db_client::types::is_enum(ty, "wrapping")
    }
    postgres_types::to_sql_checked!();
}
impl<'a> postgres_types::FromSql<'a> for Wrapping {
    fn from_sql(
        _: &postgres_types::Type,
        raw: &'a [u8],
    ) -> std::result::Result<
        Self,
        std::boxed::Box<dyn std::error::Error + Sync + Send>,
    > {
        match std::str::from_utf8(raw)? {
            "box" => std::result::Result::Ok(Self::Box),
            "bag" => std::result::Result::Ok(Self::Bag),
            label => {
                std::result::Result::Err(
                    format!(
                        "the enum wrapping has the label `{label}`, which this program does not know"
                    )
                        .into(),
                )
            }
        }
    }
    fn accepts(ty: &postgres_types::Type) -> bool {
        barqnet_db_client::types::is_enum(ty, "wrapping")
    }
}
