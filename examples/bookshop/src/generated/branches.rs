// Written by the build step from queries/branches.sql. Edit that file: `cargo build` brings this one up to date.

//! Branches, their devices, and promotions.

use barqnet_db_client as db;
/// The parameters of [`add_branch`](fn@add_branch).
#[derive(Debug)]
pub struct AddBranchParams<T1, T2> {
    pub id: i16,
    pub name: T1,
    pub network: db::types::cidr::IpCidr,
    pub position: db::types::Point,
    pub size_class: i8,
    pub opens: chrono::NaiveTime,
    pub closes: chrono::NaiveTime,
    pub holidays: T2,
}
/// The parameters of [`add_device`](fn@add_device).
#[derive(Clone, Debug)]
pub struct AddDeviceParams<T1> {
    pub mac: db::types::MacAddress,
    pub long_mac: db::types::MacAddress8,
    pub branch_id: i16,
    pub address: barqnet_db_client::types::cidr::IpInet,
    pub abilities: db::types::Bits,
    pub switched: db::types::Bits,
    pub clock: chrono::NaiveDateTime,
    pub drift: f64,
    pub firmware_oid: Option<u32>,
    pub settings: Option<T1>,
}
/// The parameters of [`add_promotion`](fn@add_promotion).
#[derive(Debug)]
pub struct AddPromotionParams<T1> {
    pub name: T1,
    pub during: db::types::Range<chrono::DateTime<chrono::Utc>>,
    pub prices: db::types::Range<db::types::rust_decimal::Decimal>,
    pub discount: db::types::rust_decimal::Decimal,
}
/// A row of [`branch`](fn@branch).
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    pub id: i16,
    pub name: String,
    pub network: db::types::cidr::IpCidr,
    pub position: db::types::Point,
    pub size_class: i8,
    pub opens: chrono::NaiveTime,
    pub closes: chrono::NaiveTime,
    pub holidays: Vec<db::types::Range<chrono::NaiveDate>>,
}
/// A [`Branch`] that borrows from the row it was read from.
pub struct BranchBorrowed<'a> {
    pub id: i16,
    pub name: &'a str,
    pub network: db::types::cidr::IpCidr,
    pub position: db::types::Point,
    pub size_class: i8,
    pub opens: chrono::NaiveTime,
    pub closes: chrono::NaiveTime,
    pub holidays: db::types::Array<'a, db::types::Range<chrono::NaiveDate>>,
}
impl<'a> From<BranchBorrowed<'a>> for Branch {
    fn from(it: BranchBorrowed<'a>) -> Self {
        Self {
            id: it.id, name: it.name.into(), network: it.network, position: it.position, size_class: it.size_class,
            opens: it.opens, closes: it.closes, holidays: it.holidays.collect(),
        }
    }
}
/// A row of [`device`](fn@device).
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    pub mac: db::types::MacAddress,
    pub long_mac: db::types::MacAddress8,
    pub branch_id: i16,
    pub address: barqnet_db_client::types::cidr::IpInet,
    pub abilities: db::types::Bits,
    pub switched: db::types::Bits,
    pub clock: chrono::NaiveDateTime,
    pub drift: f64,
    pub firmware_oid: Option<u32>,
    pub settings: Option<db::types::serde_json::Value>,
}
/// A row of [`promotions_during`](fn@promotions_during).
#[derive(Debug, Clone, PartialEq)]
pub struct Promotion {
    pub id: i32,
    pub name: String,
    pub during: db::types::Range<chrono::DateTime<chrono::Utc>>,
    pub prices: db::types::Range<db::types::rust_decimal::Decimal>,
    pub discount: db::types::rust_decimal::Decimal,
}
/// A [`Promotion`] that borrows from the row it was read from.
pub struct PromotionBorrowed<'a> {
    pub id: i32,
    pub name: &'a str,
    pub during: db::types::Range<chrono::DateTime<chrono::Utc>>,
    pub prices: db::types::Range<db::types::rust_decimal::Decimal>,
    pub discount: db::types::rust_decimal::Decimal,
}
impl<'a> From<PromotionBorrowed<'a>> for Promotion {
    fn from(it: PromotionBorrowed<'a>) -> Self {
        Self { id: it.id, name: it.name.into(), during: it.during, prices: it.prices, discount: it.discount }
    }
}
/// The statement [`add_branch`](fn@add_branch).
#[derive(Clone, Copy, Debug)]
pub struct AddBranchStmt;
/// Adds a branch.
pub fn add_branch() -> AddBranchStmt {
    AddBranchStmt
}
impl AddBranchStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "branches.add_branch",
        file: "queries/branches.sql",
        line: 3,
        sql: "/* branches.add_branch */ INSERT INTO branches (id, name, network, position, size_class, opens, closes, holidays) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        parameters: &["int2", "text", "cidr", "point", "char", "time", "time", "daterange[]"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        id: &i16,
        name: &impl db::StringSql,
        network: &db::types::cidr::IpCidr,
        position: &db::types::Point,
        size_class: &i8,
        opens: &chrono::NaiveTime,
        closes: &chrono::NaiveTime,
        holidays: &impl db::ArraySql<Item = db::types::Range<chrono::NaiveDate>>,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[id, name, network, position, size_class, opens, closes, holidays]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &AddBranchParams<impl db::StringSql, impl db::ArraySql<Item = db::types::Range<chrono::NaiveDate>>>,
    ) -> Result<u64, db::Error> {
        self.bind(
            client, &params.id, &params.name, &params.network, &params.position, &params.size_class, &params.opens,
            &params.closes, &params.holidays,
        ).await
    }
}
/// The statement [`branch`](fn@branch); a row is a [`Branch`].
#[derive(Clone, Copy, Debug)]
pub struct BranchStmt;
/// A branch. Uses the primary key. An element of `holidays` is never NULL: only add_branch writes them.
pub fn branch() -> BranchStmt {
    BranchStmt
}
impl BranchStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "branches.branch",
        file: "queries/branches.sql",
        line: 8,
        sql: "/* branches.branch */ SELECT id, name, network, position, size_class, opens, closes, holidays FROM branches WHERE id = $1",
        parameters: &["int2"],
        columns: &[("id", "int2"), ("name", "text"), ("network", "cidr"), ("position", "point"), ("size_class", "char"), ("opens", "time"), ("closes", "time"), ("holidays", "daterange[]")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(self, client: &'c C, id: &'a i16) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [id], |it| it.into())
    }
}
impl db::Returning for BranchStmt {
    type Row = Branch;
    type Borrowed<'r> = BranchBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(BranchBorrowed {
            id: row.try_get(0)?, name: row.try_get(1)?, network: row.try_get(2)?, position: row.try_get(3)?,
            size_class: row.try_get(4)?, opens: row.try_get_lossless(5)?, closes: row.try_get_lossless(6)?,
            holidays: row.try_get(7)?,
        })
    }
}
/// The statement [`add_device`](fn@add_device).
#[derive(Clone, Copy, Debug)]
pub struct AddDeviceStmt;
/// Adds a device.
pub fn add_device() -> AddDeviceStmt {
    AddDeviceStmt
}
impl AddDeviceStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "branches.add_device",
        file: "queries/branches.sql",
        line: 14,
        sql: "/* branches.add_device */ INSERT INTO devices ( mac, long_mac, branch_id, address, abilities, switched, clock, drift, firmware_oid, settings) VALUES ( $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        parameters: &["macaddr", "macaddr8", "int2", "inet", "bit", "varbit", "timestamp", "float8", "oid", "json"],
        columns: &[],
        changes_session: false,
    };
    /// Runs the statement and returns the number of rows that it changed.
    pub async fn bind<C: db::GenericClient>(
        self,
        client: &C,
        mac: &db::types::MacAddress,
        long_mac: &db::types::MacAddress8,
        branch_id: &i16,
        address: &barqnet_db_client::types::cidr::IpInet,
        abilities: &db::types::Bits,
        switched: &db::types::Bits,
        clock: &chrono::NaiveDateTime,
        drift: &f64,
        firmware_oid: &Option<u32>,
        settings: &Option<impl db::JsonSql>,
    ) -> Result<u64, db::Error> {
        Self::QUERY.execute(client, &[
            mac, long_mac, branch_id, address, abilities, switched, clock, drift, firmware_oid, settings,
        ]).await
    }
    /// Runs the statement with its parameters by name.
    pub async fn params<C: db::GenericClient>(
        self,
        client: &C,
        params: &AddDeviceParams<impl db::JsonSql>,
    ) -> Result<u64, db::Error> {
        self.bind(
            client, &params.mac, &params.long_mac, &params.branch_id, &params.address, &params.abilities,
            &params.switched, &params.clock, &params.drift, &params.firmware_oid, &params.settings,
        ).await
    }
    /// The statement that [`batch`](Self::batch) runs.
    pub const BATCH: &'static db::Query = &db::Query {
        name: "branches.add_device.batch",
        file: "queries/branches.sql",
        line: 14,
        sql: "/* branches.add_device.batch */ INSERT INTO devices ( mac, long_mac, branch_id, address, abilities, switched, clock, drift, firmware_oid, settings) SELECT batch.p_mac, batch.p_long_mac, batch.p_branch_id, batch.p_address, batch.p_abilities, batch.p_switched, batch.p_clock, batch.p_drift, batch.p_firmware_oid, batch.p_settings FROM UNNEST($1::macaddr[], $2::macaddr8[], $3::int2[], $4::inet[], $5::\"bit\"[], $6::varbit[], $7::timestamp[], $8::float8[], $9::oid[], $10::json[]) WITH ORDINALITY AS batch (p_mac, p_long_mac, p_branch_id, p_address, p_abilities, p_switched, p_clock, p_drift, p_firmware_oid, p_settings, batch_position) ORDER BY batch.batch_position",
        parameters: &["macaddr[]", "macaddr8[]", "int2[]", "inet[]", "bit[]", "varbit[]", "timestamp[]", "float8[]", "oid[]", "json[]"],
        columns: Self::QUERY.columns,
        changes_session: false,
    };
    /// Runs the statement for all rows, in statements of at most [`BATCH_ROWS`](db::BATCH_ROWS), and returns the number of
    /// rows that they changed.
    pub async fn batch<C: db::GenericClient>(
        self,
        client: &C,
        rows: &[AddDeviceParams<impl db::JsonSql>],
    ) -> Result<u64, db::Error> {
        let mut changed = 0;
        for rows in rows.chunks(db::BATCH_ROWS) {
            changed += Self::BATCH.execute(client, &[
                &db::column(rows, |row| &row.mac), &db::column(rows, |row| &row.long_mac),
                &db::column(rows, |row| &row.branch_id), &db::column(rows, |row| &row.address),
                &db::column(rows, |row| &row.abilities), &db::column(rows, |row| &row.switched),
                &db::column(rows, |row| &row.clock), &db::column(rows, |row| &row.drift),
                &db::column(rows, |row| &row.firmware_oid), &db::column(rows, |row| &row.settings),
            ]).await?;
        }
        Ok(changed)
    }
    /// The COPY that [`copy_in`](Self::copy_in) runs.
    pub const COPY_IN: &'static db::Query = &db::Query {
        name: "branches.add_device.copy_in",
        file: "queries/branches.sql",
        line: 14,
        sql: "/* branches.add_device.copy_in */ COPY devices ( mac, long_mac, branch_id, address, abilities, switched, clock, drift, firmware_oid, settings) FROM STDIN (FORMAT binary)",
        parameters: &[],
        columns: &[("mac", "macaddr"), ("long_mac", "macaddr8"), ("branch_id", "int2"), ("address", "inet"), ("abilities", "bit"), ("switched", "varbit"), ("clock", "timestamp"), ("drift", "float8"), ("firmware_oid", "oid"), ("settings", "json")],
        changes_session: false,
    };
    /// Copies rows into the table, all or none, and returns their number. They are taken as fast as the server accepts
    /// them.
    pub async fn copy_in<C: db::GenericClient>(
        self,
        client: &C,
        rows: impl db::Stream<Item = AddDeviceParams<impl db::JsonSql>>,
    ) -> Result<u64, db::Error> {
        db::copy_in(client, (Self::QUERY, Self::COPY_IN), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], rows, |row| [
            &row.mac, &row.long_mac, &row.branch_id, &row.address, &row.abilities, &row.switched, &row.clock,
            &row.drift, &row.firmware_oid, &row.settings,
        ]).await
    }
}
/// The statement [`device`](fn@device); a row is a [`Device`].
#[derive(Clone, Copy, Debug)]
pub struct DeviceStmt;
/// A device. Uses the primary key.
pub fn device() -> DeviceStmt {
    DeviceStmt
}
impl DeviceStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "branches.device",
        file: "queries/branches.sql",
        line: 21,
        sql: "/* branches.device */ SELECT mac, long_mac, branch_id, address, abilities, switched, clock, drift, firmware_oid, settings FROM devices WHERE mac = $1",
        parameters: &["macaddr"],
        columns: &[("mac", "macaddr"), ("long_mac", "macaddr8"), ("branch_id", "int2"), ("address", "inet"), ("abilities", "bit"), ("switched", "varbit"), ("clock", "timestamp"), ("drift", "float8"), ("firmware_oid", "oid"), ("settings", "json")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        mac: &'a db::types::MacAddress,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [mac], |it| it)
    }
}
impl db::Returning for DeviceStmt {
    type Row = Device;
    type Borrowed<'r> = Device;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(Device {
            mac: row.try_get(0)?, long_mac: row.try_get(1)?, branch_id: row.try_get(2)?, address: row.try_get(3)?,
            abilities: row.try_get(4)?, switched: row.try_get(5)?, clock: row.try_get(6)?, drift: row.try_get(7)?,
            firmware_oid: row.try_get(8)?, settings: row.try_get(9)?,
        })
    }
}
/// The statement [`strays`](fn@strays).
#[derive(Clone, Copy, Debug)]
pub struct StraysStmt;
/// The devices whose address is outside the network of their branch. Reads all devices.
pub fn strays() -> StraysStmt {
    StraysStmt
}
impl StraysStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "branches.strays",
        file: "queries/branches.sql",
        line: 27,
        sql: "/* branches.strays */ SELECT d.mac FROM devices d JOIN branches b ON b.id = d.branch_id WHERE NOT d.address <<= b.network ORDER BY d.mac",
        parameters: &[],
        columns: &[("mac", "macaddr")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it)
    }
}
impl db::Returning for StraysStmt {
    type Row = db::types::MacAddress;
    type Borrowed<'r> = db::types::MacAddress;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`add_promotion`](fn@add_promotion).
#[derive(Clone, Copy, Debug)]
pub struct AddPromotionStmt;
/// Adds a promotion. Fails with an exclusion violation while another one runs.
pub fn add_promotion() -> AddPromotionStmt {
    AddPromotionStmt
}
impl AddPromotionStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "branches.add_promotion",
        file: "queries/branches.sql",
        line: 35,
        sql: "/* branches.add_promotion */ INSERT INTO promotions (name, during, prices, discount) VALUES ($1, $2, $3, $4) RETURNING id",
        parameters: &["text", "tstzrange", "numrange", "numeric"],
        columns: &[("id", "int4")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        name: &'a impl db::StringSql,
        during: &'a db::types::Range<chrono::DateTime<chrono::Utc>>,
        prices: &'a db::types::Range<db::types::rust_decimal::Decimal>,
        discount: &'a db::types::rust_decimal::Decimal,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        db::Bound::new(Self::QUERY, client, [name, during, prices, discount], |it| it)
    }
    /// Gives the statement its parameters by name.
    pub fn params<'c, 'a, C: db::GenericClient>(
        self,
        client: &'c C,
        params: &'a AddPromotionParams<impl db::StringSql>,
    ) -> db::Bound<'c, 'a, C, Self, 4> {
        self.bind(client, &params.name, &params.during, &params.prices, &params.discount)
    }
    /// The statement that [`batch`](Self::batch) runs.
    pub const BATCH: &'static db::Query = &db::Query {
        name: "branches.add_promotion.batch",
        file: "queries/branches.sql",
        line: 35,
        sql: "/* branches.add_promotion.batch */ INSERT INTO promotions (name, during, prices, discount) SELECT batch.p_name, batch.p_during, batch.p_prices, batch.p_discount FROM UNNEST($1::text[], $2::tstzrange[], $3::numrange[], $4::numeric[]) WITH ORDINALITY AS batch (p_name, p_during, p_prices, p_discount, batch_position) ORDER BY batch.batch_position RETURNING id",
        parameters: &["text[]", "tstzrange[]", "numrange[]", "numeric[]"],
        columns: Self::QUERY.columns,
        changes_session: false,
    };
    /// Runs the statement for all rows, in statements of at most [`BATCH_ROWS`](db::BATCH_ROWS), and returns what they return.
    pub async fn batch<C: db::GenericClient>(
        self,
        client: &C,
        rows: &[AddPromotionParams<impl db::StringSql>],
    ) -> Result<Vec<i32>, db::Error> {
        let mut returned = Vec::new();
        for rows in rows.chunks(db::BATCH_ROWS) {
            let columns: [&(dyn db::tokio_postgres::types::ToSql + Sync); 4] = [
                &db::column(rows, |row| &row.name), &db::column(rows, |row| &row.during),
                &db::column(rows, |row| &row.prices), &db::column(rows, |row| &row.discount),
            ];
            let batch: db::Bound<'_, '_, C, Self, 4> = db::Bound::new(Self::BATCH, client, columns, |it| it);
            returned.extend(batch.all().await?);
        }
        Ok(returned)
    }
}
impl db::Returning for AddPromotionStmt {
    type Row = i32;
    type Borrowed<'r> = i32;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
/// The statement [`promotions_during`](fn@promotions_during); a row is a [`Promotion`].
#[derive(Clone, Copy, Debug)]
pub struct PromotionsDuringStmt;
/// The promotions that run at some time of a range, in order. Uses ex_promotions_during.
pub fn promotions_during() -> PromotionsDuringStmt {
    PromotionsDuringStmt
}
impl PromotionsDuringStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "branches.promotions_during",
        file: "queries/branches.sql",
        line: 41,
        sql: "/* branches.promotions_during */ SELECT id, name, during, prices, discount FROM promotions WHERE during && $1 ORDER BY during",
        parameters: &["tstzrange"],
        columns: &[("id", "int4"), ("name", "text"), ("during", "tstzrange"), ("prices", "numrange"), ("discount", "numeric")],
        changes_session: false,
    };
    /// Gives the statement its parameters.
    pub fn bind<'c, 'a, C: db::ReadClient>(
        self,
        client: &'c C,
        during: &'a db::types::Range<chrono::DateTime<chrono::Utc>>,
    ) -> db::Bound<'c, 'a, C, Self, 1> {
        db::Bound::new(Self::QUERY, client, [during], |it| it.into())
    }
}
impl db::Returning for PromotionsDuringStmt {
    type Row = Promotion;
    type Borrowed<'r> = PromotionBorrowed<'r>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        Ok(PromotionBorrowed {
            id: row.try_get(0)?, name: row.try_get(1)?, during: row.try_get(2)?, prices: row.try_get_lossless(3)?,
            discount: row.try_get_lossless(4)?,
        })
    }
}
/// The statement [`promoted_times`](fn@promoted_times).
#[derive(Clone, Copy, Debug)]
pub struct PromotedTimesStmt;
/// All times with a promotion; NULL without any. Needs PostgreSQL 14.
pub fn promoted_times() -> PromotedTimesStmt {
    PromotedTimesStmt
}
impl PromotedTimesStmt {
    pub const QUERY: &'static db::Query = &db::Query {
        name: "branches.promoted_times",
        file: "queries/branches.sql",
        line: 48,
        sql: "/* branches.promoted_times */ SELECT RANGE_AGG(during) AS times FROM promotions",
        parameters: &[],
        columns: &[("times", "tstzmultirange")],
        changes_session: false,
    };
    /// Gives the statement a client.
    pub fn bind<C: db::ReadClient>(self, client: &C) -> db::Bound<'_, 'static, C, Self, 0> {
        db::Bound::new(Self::QUERY, client, [], |it| it)
    }
}
impl db::Returning for PromotedTimesStmt {
    type Row = Option<db::types::Multirange<chrono::DateTime<chrono::Utc>>>;
    type Borrowed<'r> = Option<db::types::Multirange<chrono::DateTime<chrono::Utc>>>;
    fn read(row: &db::Row) -> Result<Self::Borrowed<'_>, db::Error> {
        row.try_get(0)
    }
}
