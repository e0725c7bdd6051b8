//! Who emits the telemetry.

use opentelemetry::KeyValue;
use opentelemetry_sdk::{
    Resource,
    resource::{ResourceDetector, TelemetryResourceDetector},
};
use opentelemetry_semantic_conventions::resource::{
    SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_VERSION,
};
use percent_encoding::percent_decode_str;
use uuid::Uuid;

use super::environment::Environment;

/// Describes this instance of the service, for traces and metrics alike.
///
/// `OTEL_SERVICE_NAME` wins over `OTEL_RESOURCE_ATTRIBUTES`, which wins over what the service knows
/// of itself. `service.instance.id` is random unless it is given.
pub fn resource(environment: &mut Environment) -> Resource {
    let mut attributes = vec![
        KeyValue::new(SERVICE_NAME, env!("CARGO_PKG_NAME")),
        KeyValue::new(SERVICE_VERSION, env!("CARGO_PKG_VERSION")),
        KeyValue::new(SERVICE_INSTANCE_ID, Uuid::new_v4().to_string()),
    ];
    attributes.extend(attributes_from(environment));
    if let Some(name) = environment.text("OTEL_SERVICE_NAME") {
        attributes.push(KeyValue::new(SERVICE_NAME, name.to_owned()));
    }
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector) as Box<dyn ResourceDetector>)
        .with_attributes(attributes)
        .build()
}

/// Reads `OTEL_RESOURCE_ATTRIBUTES`: `key=value` pairs, percent-encoded, separated by commas.
///
/// As the specification asks, one malformed pair discards them all.
fn attributes_from(environment: &mut Environment) -> Vec<KeyValue> {
    let Some(text) = environment.text("OTEL_RESOURCE_ATTRIBUTES") else {
        return Vec::new();
    };
    let attributes: Option<Vec<_>> =
        text.split(',').filter(|pair| !pair.trim().is_empty()).map(attribute).collect();
    attributes.unwrap_or_else(|| {
        environment.warn("OTEL_RESOURCE_ATTRIBUTES is malformed: ignoring all of it".to_owned());
        Vec::new()
    })
}

fn attribute(pair: &str) -> Option<KeyValue> {
    let (key, value) = pair.split_once('=')?;
    let key = percent_decode_str(key.trim()).decode_utf8().ok()?.into_owned();
    let value = percent_decode_str(value.trim()).decode_utf8().ok()?.into_owned();
    (!key.is_empty()).then(|| KeyValue::new(key, value))
}
