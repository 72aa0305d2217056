//! What the shop does with its statements. Its functions take any client, so that their tests need no server.

use barqnet_db_client::{
    Error, GenericClient, ReadClient,
    types::{Interval, uuid::Uuid},
};

use crate::generated::{
    branches::{self, AddPromotionParams},
    constraints::Constraint,
    orders, stock,
    types::{OrderStatus, Wrapping},
};

/// How long delivery may take.
const PROMISE: Interval = Interval { months: 0, days: 3, microseconds: 0 };

/// What became of a promotion.
#[derive(Debug, PartialEq, Eq)]
pub enum Announced {
    /// It runs, under this number.
    Runs(i32),
    /// Another promotion runs at the time.
    Overlaps,
}

/// Adds a promotion, unless another one runs at the time.
pub async fn announce(client: &impl GenericClient, promotion: &AddPromotionParams<&str>) -> Result<Announced, Error> {
    match branches::add_promotion().params(client, promotion).one().await {
        Ok(id) => Ok(Announced::Runs(id)),
        Err(error) => match Constraint::of(&error) {
            Some(Constraint::ExPromotionsDuring) => Ok(Announced::Overlaps),
            _ => Err(error),
        },
    }
}

/// Orders one copy of a book, and returns the number of the order; `None` if there is no copy.
pub async fn order_one(client: &impl GenericClient, customer: Uuid, isbn: &str) -> Result<Option<i64>, Error> {
    if stock::copies().bind(client, &isbn).one().await? == 0 {
        return Ok(None);
    }
    let (isbns, copies): (&[&str], &[i32]) = (&[isbn], &[1]);
    orders::place().bind(client, &customer, &Wrapping::Bag, &PROMISE, &isbns, &copies).one().await.map(Some)
}

/// How many orders of a customer are on their way. It only reads, so it runs on a replica, too.
pub async fn on_their_way(client: &impl ReadClient, customer: Uuid) -> Result<usize, Error> {
    let statuses = [OrderStatus::New, OrderStatus::InTransit];
    orders::of_customer().bind(client, &customer, &statuses.as_slice()).all().await.map(|orders| orders.len())
}

#[cfg(test)]
mod tests {
    use barqnet_db_client::{
        FakeClient, ReadOnly,
        tokio_postgres::error::SqlState,
        types::{Range, rust_decimal::Decimal},
    };
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::generated::{
        branches::{AddPromotionStmt, Promotion},
        orders::{Order, PlaceStmt},
    };

    const CUSTOMER: Uuid = Uuid::from_u128(7);

    fn promotion(name: &str) -> AddPromotionParams<&str> {
        let start = DateTime::UNIX_EPOCH;
        AddPromotionParams {
            name,
            during: Range::from(start..start + TimeDelta::days(1)),
            prices: Range::from(Decimal::ONE..Decimal::TEN),
            discount: Decimal::new(1, 1),
        }
    }

    #[tokio::test]
    async fn a_promotion_at_the_time_of_another_is_refused() {
        let client = FakeClient::new();
        client.returns(branches::add_promotion(), [4]);
        client.fails(AddPromotionStmt::QUERY, SqlState::EXCLUSION_VIOLATION, Some("ex_promotions_during"));
        client.fails(AddPromotionStmt::QUERY, SqlState::QUERY_CANCELED, None);
        assert_eq!(announce(&client, &promotion("One")).await.unwrap(), Announced::Runs(4));
        assert_eq!(announce(&client, &promotion("Two")).await.unwrap(), Announced::Overlaps);
        let error = announce(&client, &promotion("Three")).await.unwrap_err();
        assert_eq!((error.statement(), error.sqlstate()), ("branches.add_promotion", Some(&SqlState::QUERY_CANCELED)));
        assert_eq!(client.calls(AddPromotionStmt::QUERY)[1][0], r#""Two""#);
    }

    #[tokio::test]
    async fn a_book_without_copies_is_not_ordered() {
        let client = FakeClient::new();
        client.returns(stock::copies(), [0]).returns(stock::copies(), [2]).returns(orders::place(), [31]);
        assert_eq!(order_one(&client, CUSTOMER, "978").await.unwrap(), None);
        assert_eq!(order_one(&client, CUSTOMER, "979").await.unwrap(), Some(31));
        assert_eq!(client.statements(), ["stock.copies", "stock.copies", "orders.place"]);
        assert_eq!(client.calls(PlaceStmt::QUERY)[0][3..], [r#"["979"]"#, "[1]"]);
    }

    #[tokio::test]
    async fn rows_of_a_fake_are_those_that_the_test_gave() {
        let order = Order {
            id: 1,
            status: OrderStatus::InTransit,
            wrapping: Wrapping::Box,
            placed_at: DateTime::UNIX_EPOCH,
            promise: PROMISE,
        };
        let client = FakeClient::new();
        client
            .returns(orders::of_customer(), [order.clone(), order.clone()])
            .returns(orders::of_customer(), [order.clone()]);
        let found = orders::of_customer().bind(&client, &CUSTOMER, &[].as_slice()).all().await.unwrap();
        assert_eq!(found, [order.clone(), order]);
        assert_eq!(on_their_way(&ReadOnly::new(client), CUSTOMER).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn rows_with_ranges_texts_and_nulls_are_read_as_they_were_given() {
        let AddPromotionParams { name, during, prices, discount } = promotion("One");
        let row = Promotion { id: 1, name: name.to_owned(), during, prices, discount };
        let client = FakeClient::new();
        client.returns(branches::promotions_during(), [row.clone()]);
        let mut rows = Vec::new();
        let mut stream = std::pin::pin!(branches::promotions_during().bind(&client, &row.during).iter().await.unwrap());
        while let Some(row) = futures::TryStreamExt::try_next(&mut stream).await.unwrap() {
            rows.push(row);
        }
        assert_eq!(rows, [row]);
    }

    #[tokio::test]
    #[should_panic(expected = "FakeClient has no answer for this run of stock.copies: give one with `returns`")]
    async fn a_statement_without_an_answer_fails_the_test() {
        let _ = order_one(&FakeClient::new(), CUSTOMER, "978").await;
    }
}
