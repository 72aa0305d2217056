//! Queries that cornucopia reads as well: the functions and structs are those that it generates, so that its users keep their
//! code.

use std::{collections::BTreeMap, fs};

use barqnet_db_client::pool::Settings;
use barqnet_db_throwaway::Server;
use quote::ToTokens;
use syn::{File, FnArg, ImplItem, Item, Pat};

use crate::project::Project;

const TABLES: &str = "-- Parcels.\nCREATE TYPE state AS ENUM ('sent', 'lost');
CREATE TABLE parcels (
    id BIGINT PRIMARY KEY, state state NOT NULL, label TEXT NOT NULL, weight REAL, seal BYTEA NOT NULL, stops TEXT[] NOT NULL,
    ratings SMALLINT[], insured BOOLEAN NOT NULL, \"type\" INTEGER NOT NULL
);
/* rollback
DROP TABLE parcels;
DROP TYPE state;
*/\n";

const QUERIES: &str = "-- Parcels.

--: Parcel(weight?, stops[?], ratings?[?])

--! list : Parcel
--- Each parcel.
SELECT id, state, label, weight, seal, stops, ratings, insured, type FROM parcels;

--! find : Parcel
--- One of them, in another order of columns.
SELECT type, label, id, state, weight, seal, stops, ratings, insured FROM parcels WHERE id = :id;

--! labels
--- A single column.
SELECT label FROM parcels WHERE stops = :stops;

--! stops : (stops[?])
--- An array.
SELECT stops FROM parcels WHERE id = :id AND state = :state;

--! weight : (weight?)
--- A column that can be NULL.
SELECT weight FROM parcels WHERE id = :id;

--! flags
--- Values that can be copied.
SELECT id, insured FROM parcels WHERE type = :type;

--! send (weight?, ratings?)
--- Adds one.
INSERT INTO parcels (id, state, label, weight, seal, stops, ratings, insured, type)
VALUES (:id, 'sent', :label, :weight, :seal, :stops, :ratings, TRUE, 1);

--! rename
--- Changes one.
UPDATE parcels SET label = :label WHERE id = :id RETURNING id, label;

--! forget
--- Deletes one.
DELETE FROM parcels WHERE id = :id;
";

/// What a program sees of a module: its functions with their parameters, and its structs with their fields.
fn interface(code: &File) -> BTreeMap<String, Vec<(String, String)>> {
    let mut found = BTreeMap::new();
    for item in &code.items {
        match item {
            Item::Fn(function) => {
                found.insert(format!("fn {}", function.sig.ident), Vec::new());
            }
            Item::Struct(item) if !["Query", "Stmt"].iter().any(|end| item.ident.to_string().ends_with(end)) => {
                // The type parameters stand for the same traits, but are numbered in other ways.
                let is_generic = item.generics.type_params().next().is_some();
                let fields = item.fields.iter().map(|field| {
                    let ty = if is_generic { String::new() } else { shown(&field.ty) };
                    (shown(&field.ident), ty)
                });
                found.insert(format!("struct {}", item.ident), fields.collect());
            }
            Item::Impl(item) if item.trait_.is_none() => {
                for method in &item.items {
                    let ImplItem::Fn(method) = method else { continue };
                    if method.sig.ident != "bind" {
                        continue;
                    }
                    let parameters = method.sig.inputs.iter().filter_map(|input| match input {
                        FnArg::Typed(input) => match input.pat.as_ref() {
                            Pat::Ident(name) => Some((name.ident.to_string(), String::new())),
                            _ => None,
                        },
                        FnArg::Receiver(_) => None,
                    });
                    found.insert(format!("bind of {}", shown(&item.self_ty)), parameters.collect());
                }
            }
            _ => {}
        }
    }
    found
}

fn shown(code: &impl ToTokens) -> String {
    let text = code.to_token_stream().to_string().replace(' ', "");
    text.replace("crate::ArrayIterator", "db::types::Array").replace("crate::types::", "super::types::")
}

#[test]
fn functions_and_structs_are_those_that_cornucopia_generates() {
    let project = Project::empty();
    project.write("migrations/V1__parcels.sql", TABLES);
    project.write("queries/parcels.sql", QUERIES);
    project.build();
    let ours = syn::parse_file(&project.read("src/generated/parcels.rs")).unwrap();

    let server = Server::start().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let client = runtime.block_on(async {
        let (client, _) = Settings::from_url(&server.url("postgres")).unwrap().connect_client().await.unwrap();
        client.batch_execute(TABLES.split("/* rollback").next().unwrap()).await.unwrap();
        client
    });
    let output = project.path().join("cornucopia");
    let config =
        cornucopia::config::Config::builder().queries(project.path().join("queries")).destination(&output).build();
    cornucopia::gen_live(&client, config).unwrap();
    let theirs = syn::parse_file(&fs::read_to_string(output.join("src/queries/parcels.rs")).unwrap()).unwrap();

    let (ours, theirs) = (interface(&ours), interface(&theirs));
    assert_eq!(ours, theirs);
    assert_eq!(ours.keys().filter(|name| name.starts_with("fn ")).count(), 9);
}
