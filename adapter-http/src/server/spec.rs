//! The OpenAPI document: what poem-openapi makes of the operations, and what it leaves out.

use std::collections::{BTreeSet, HashMap};
use std::marker::PhantomData;

use poem::endpoint::BoxEndpoint;
use poem::http::Method;
use poem_openapi::registry::{MetaApi, Registry};
use poem_openapi::{OpenApi, OpenApiService};
use serde_json::{Map, Value, json};

use super::api;

pub(super) const TITLE: &str = "flash";
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");
const DESCRIPTION: &str = "TRON Energy rental. Money is decimal text (`\"5.250000\"`), fields named `_sun` are whole sun, \
moments are RFC 3339 in UTC. Errors are `application/problem+json`: go by `code`. A request with an `Idempotency-Key` \
can be sent again safely. Amounts of Energy are whole numbers.";

/// The operations of some API without anything behind them: a document needs no service.
struct Described<T>(PhantomData<fn() -> T>);

impl<T: OpenApi> OpenApi for Described<T> {
    fn meta() -> Vec<MetaApi> {
        T::meta()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn add_routes(self, _: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {}
}

/// The document.
pub(super) fn document() -> Value {
    let described = Described::<api::All>(PhantomData);
    let service = OpenApiService::new(described, TITLE, VERSION).description(DESCRIPTION);
    let mut document: Value = serde_json::from_str(&service.spec()).unwrap_or_default();
    close_request_bodies(&mut document);
    inline_described_enums(&mut document);
    document
}

/// Says of every request body that unknown fields are refused.
fn close_request_bodies(document: &mut Value) {
    let mut bodies = BTreeSet::new();
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    for operation in paths.filter_map(|(_, path)| path.as_object()).flat_map(Map::values) {
        let schema = operation.pointer("/requestBody/content/application~1json/schema/$ref").and_then(Value::as_str);
        bodies.extend(schema.and_then(component));
    }
    for name in bodies {
        if let Some(schema) = schema_mut(document, &name) {
            schema.insert("additionalProperties".to_owned(), json!(false));
        }
    }
}

/// Writes an enum out where a field describes it, in place of `allOf` with a reference: generators of clients refuse an
/// `allOf` of anything but objects.
fn inline_described_enums(document: &mut Value) {
    let schemas = document.pointer("/components/schemas").cloned().unwrap_or_default();
    let Some(all) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else { return };
    for schema in all.values_mut() {
        let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) else { continue };
        for field in fields.values_mut() {
            let Some(parts) = field.get("allOf").and_then(Value::as_array) else { continue };
            let mut merged = Map::new();
            for part in parts {
                let referred = part.get("$ref").and_then(Value::as_str).and_then(component);
                let part = referred.and_then(|name| schemas.get(&name)).unwrap_or(part);
                merged.extend(part.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
            }
            if merged.get("enum").is_some() {
                *field = Value::Object(merged);
            }
        }
    }
}

fn component(reference: &str) -> Option<String> {
    reference.strip_prefix("#/components/schemas/").map(str::to_owned)
}

fn schema_mut<'a>(document: &'a mut Value, name: &str) -> Option<&'a mut Map<String, Value>> {
    document.pointer_mut("/components/schemas")?.get_mut(name)?.as_object_mut()
}
