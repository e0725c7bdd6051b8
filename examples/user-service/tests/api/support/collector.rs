//! An OTLP receiver, as real as a collector, that keeps what it is sent.

use std::{
    collections::BTreeMap,
    io::Read as _,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header},
    routing::post,
};
use flate2::read::GzDecoder;
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
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
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use tonic::{
    Request, Response, Status, codec::CompressionEncoding, transport::server::TcpIncoming,
};

use super::certificates::Certificates;

/// Attributes as JSON values, by name.
pub type Attributes = BTreeMap<String, Value>;

/// Receives spans over gRPC and HTTP until it is dropped with the runtime of its test.
pub struct Collector {
    scheme: &'static str,
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
struct Received(Arc<Mutex<Vec<Export>>>);

/// One request to the collector.
struct Export {
    headers: HeaderMap,
    spans: Vec<ResourceSpans>,
}

impl Collector {
    /// Starts to listen on free ports.
    pub async fn start() -> Self {
        Self::listen(None).await
    }

    /// Starts to listen on free ports, for clients that show one of these certificates.
    pub async fn start_with_tls(certificates: &Certificates) -> Self {
        Self::listen(Some(certificates)).await
    }

    async fn listen(certificates: Option<&Certificates>) -> Self {
        let received = Received::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let grpc = listener.local_addr().unwrap();
        let service =
            TraceServiceServer::new(received.clone()).accept_compressed(CompressionEncoding::Gzip);
        let mut server = tonic::transport::Server::builder();
        if let Some(certificates) = certificates {
            server = server.tls_config(certificates.of_grpc_server()).unwrap();
        }
        let server = server.add_service(service);
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let http = listener.local_addr().unwrap();
        let router = Router::new().route("/v1/traces", post(receive)).with_state(received.clone());
        tokio::spawn(serve(listener, certificates.map(Certificates::of_server), router));
        let scheme = if certificates.is_some() { "https" } else { "http" };
        Self { scheme, grpc, http, received }
    }

    /// Returns the settings that have a service export to this collector.
    pub fn settings(&self, protocol: &'static str) -> [(&'static str, String); 2] {
        let address = if protocol == "grpc" { self.grpc } else { self.http };
        [
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("{}://{address}", self.scheme)),
        ]
    }

    /// Returns all spans so far.
    pub fn spans(&self) -> Vec<Span> {
        let received = self.received.0.lock().unwrap();
        received.iter().flat_map(|export| &export.spans).flat_map(spans).collect()
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

    /// Returns a header of the first request, or an empty text.
    pub fn header(&self, name: &str) -> String {
        let received = self.received.0.lock().unwrap();
        let headers = &received.first().expect("something was exported").headers;
        headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
    }
}

/// Answers connections, for as long as the test lasts.
async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let router = router.clone();
        match tls.clone() {
            Some(tls) => tokio::spawn(async move {
                if let Ok(stream) = tls.accept(stream).await {
                    answer(stream, router).await;
                }
            }),
            None => tokio::spawn(answer(stream, router)),
        };
    }
}

async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin, router: Router) {
    let service = TowerToHyperService::new(router);
    // How a client ends its connection is not what tests are about.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

#[tonic::async_trait]
impl TraceService for Received {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let headers = request.metadata().clone().into_headers();
        let spans = request.into_inner().resource_spans;
        self.0.lock().unwrap().push(Export { headers, spans });
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

async fn receive(State(received): State<Received>, headers: HeaderMap, body: Bytes) -> Vec<u8> {
    let mut bytes = Vec::new();
    match headers.get(header::CONTENT_ENCODING) {
        Some(_) => GzDecoder::new(&*body).read_to_end(&mut bytes).expect("the body is gzip"),
        None => (&*body).read_to_end(&mut bytes).expect("memory can be read"),
    };
    let request = ExportTraceServiceRequest::decode(&*bytes).expect("the request is OTLP");
    received.0.lock().unwrap().push(Export { headers, spans: request.resource_spans });
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
        Some(any_value::Value::DoubleValue(number)) => json!(number),
        Some(any_value::Value::BoolValue(truth)) => json!(truth),
        other => panic!("{} has an unexpected value: {other:?}", attribute.key),
    };
    attributes.into_iter().map(|attribute| (attribute.key.clone(), value(attribute))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
