//! An OTLP receiver, as real as a collector, that keeps what it is sent.

use std::{
    collections::BTreeMap,
    future::pending,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, routing::post};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::{KeyValue, any_value},
    trace::v1::{ResourceSpans, Status as SpanStatus, span::SpanKind, status::StatusCode},
};
use prost::Message as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status, codec::CompressionEncoding, transport::server::TcpIncoming,
};

use user_service::http::server::{Limits, Server};

/// Attributes as JSON values, by name.
pub type Attributes = BTreeMap<String, Value>;

/// Receives spans over gRPC and HTTP until it is dropped with the runtime of its test.
pub struct Collector {
    grpc: SocketAddr,
    http: SocketAddr,
    received: Received,
}

/// A span as it was exported.
#[derive(Clone, Debug)]
pub struct Span {
    pub name: String,
    pub kind: SpanKind,
    pub trace_id: String,
    pub id: String,
    pub parent_id: String,
    pub attributes: Attributes,
    pub status: StatusCode,
    pub events: usize,
    pub resource: Attributes,
}

#[derive(Clone, Default)]
struct Received(Arc<Mutex<Vec<ResourceSpans>>>);

impl Collector {
    /// Starts to listen on free ports.
    pub async fn start() -> Self {
        let received = Received::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let grpc = listener.local_addr().unwrap();
        let service =
            TraceServiceServer::new(received.clone()).accept_compressed(CompressionEncoding::Gzip);
        tokio::spawn(
            tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming(TcpIncoming::from(listener)),
        );
        let router = Router::new().route("/v1/traces", post(receive)).with_state(received.clone());
        let limits = Limits { connections: 16, header_read_timeout: Duration::from_mins(1) };
        let server = Server::bind("127.0.0.1:0", router, limits).await.unwrap();
        let http = server.address();
        tokio::spawn(server.run(pending(), Duration::ZERO));
        Self { grpc, http, received }
    }

    /// Returns the settings that have a service export to this collector.
    pub fn settings(&self, protocol: &'static str) -> [(&'static str, String); 2] {
        let address = if protocol == "grpc" { self.grpc } else { self.http };
        [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}")),
        ]
    }

    /// Returns all spans so far.
    pub fn spans(&self) -> Vec<Span> {
        let received = self.received.0.lock().unwrap();
        received.iter().flat_map(spans).collect()
    }

    /// Returns the only span with a name.
    pub fn span(&self, name: &str) -> Span {
        let spans = self.spans();
        let mut named = spans.iter().filter(|span| span.name == name);
        match (named.next(), named.next()) {
            (Some(span), None) => span.clone(),
            _ => panic!("not exactly one span is named {name}: {spans:#?}"),
        }
    }
}

#[tonic::async_trait]
impl TraceService for Received {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.lock().unwrap().extend(request.into_inner().resource_spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

async fn receive(State(received): State<Received>, body: Bytes) -> Vec<u8> {
    let request = ExportTraceServiceRequest::decode(body).expect("the request is OTLP");
    received.0.lock().unwrap().extend(request.resource_spans);
    ExportTraceServiceResponse::default().encode_to_vec()
}

fn spans(received: &ResourceSpans) -> impl Iterator<Item = Span> {
    let resource = attributes(received.resource.iter().flat_map(|resource| &resource.attributes));
    received.scope_spans.iter().flat_map(|scope| &scope.spans).map(move |span| Span {
        name: span.name.clone(),
        kind: span.kind(),
        trace_id: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent_id: hex(&span.parent_span_id),
        attributes: attributes(&span.attributes),
        status: span.status.as_ref().map_or(StatusCode::Unset, SpanStatus::code),
        events: span.events.len(),
        resource: resource.clone(),
    })
}

fn attributes<'a>(attributes: impl IntoIterator<Item = &'a KeyValue>) -> Attributes {
    let value = |attribute: &KeyValue| match attribute.value.clone().and_then(|value| value.value) {
        Some(any_value::Value::StringValue(text)) => json!(text),
        Some(any_value::Value::IntValue(number)) => json!(number),
        other => panic!("{} has an unexpected value: {other:?}", attribute.key),
    };
    attributes.into_iter().map(|attribute| (attribute.key.clone(), value(attribute))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
