//! The telemetry of requests: a server span, the metrics and one log line each.
//!
//! Source: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderName, Method, StatusCode, Version, header, uri::Authority},
    response::{IntoResponse, Response},
};
use metrics::Gauge;
use opentelemetry::{
    KeyValue, Value,
    trace::{SpanBuilder, SpanKind, Status},
};
use opentelemetry_semantic_conventions::attribute::{
    CLIENT_ADDRESS, ERROR_TYPE, HTTP_REQUEST_METHOD, HTTP_REQUEST_METHOD_ORIGINAL,
    HTTP_RESPONSE_STATUS_CODE, HTTP_ROUTE, NETWORK_PROTOCOL_VERSION, SERVER_ADDRESS, SERVER_PORT,
    URL_PATH, URL_QUERY, URL_SCHEME, USER_AGENT_ORIGINAL,
};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use super::{
    measure::{METHODS, Measure, OTHER, Outcome, SCHEME},
    redact,
};
use crate::{
    listener::{PeerAddress, server_address},
    telemetry::{
        self,
        metrics::Active,
        sampling::{Sampling, Trace, attributes},
    },
};

/// What a 5xx response failed of, as an extension of it; its status code where this is missing.
#[derive(Clone, Copy, Debug)]
pub struct ErrorType(pub &'static str);

/// Observes every request that goes through it.
///
/// It must be added with `Router::layer`, where the matched route is known.
#[derive(Clone, Debug)]
pub struct ObserveLayer(Arc<Observer>);

#[derive(Debug)]
struct Observer {
    sampling: Sampling,
    measure: Measure,
}

impl ObserveLayer {
    /// Observes requests by these means.
    pub fn new(sampling: Sampling, measure: Measure) -> Self {
        Self(Arc::new(Observer { sampling, measure }))
    }
}

impl<S> Layer<S> for ObserveLayer {
    type Service = Observe<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Observe { inner, observer: Arc::clone(&self.0) }
    }
}

/// A service whose requests are observed.
#[derive(Clone, Debug)]
pub struct Observe<S> {
    inner: S,
    observer: Arc<Observer>,
}

impl<S> Service<Request> for Observe<S>
where
    S: Service<Request, Response: IntoResponse, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Observed<S::Future>;

    fn poll_ready(&mut self, context: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let exchange = Exchange::begin(Arc::clone(&self.observer), &request);
        let _current = exchange.trace.enter();
        Observed { response: self.inner.call(request), exchange }
    }
}

pin_project! {
    /// A response that is being made, in the trace of its request.
    #[derive(Debug)]
    pub struct Observed<F> {
        #[pin]
        response: F,
        exchange: Exchange,
    }
}

impl<F, R> Future for Observed<F>
where
    F: Future<Output = Result<R, Infallible>>,
    R: IntoResponse,
{
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let _current = this.exchange.trace.enter();
        let Ok(response) = ready!(this.response.poll(context));
        let mut response = response.into_response();
        this.exchange.end(&mut response);
        Poll::Ready(Ok(response))
    }
}

/// A request on its way to a response.
#[derive(Debug)]
struct Exchange {
    observer: Arc<Observer>,
    trace: Trace,
    method: &'static str,
    route: Option<MatchedPath>,
    version: &'static str,
    started: Instant,
    answered: bool,
    _active: Active<Gauge>,
}

impl Exchange {
    fn begin(observer: Arc<Observer>, request: &Request) -> Self {
        let method = known_method(request.method());
        let version = protocol_version(request.version());
        let route = request.extensions().get::<MatchedPath>().cloned();
        let parent = telemetry::remote_context(request.headers());
        let trace = observer.sampling.start(parent, method, SpanKind::Server, || {
            server_span(request, method, route.as_ref().map(MatchedPath::as_str), version)
        });
        Self {
            _active: observer.measure.begin(method),
            observer,
            trace,
            method,
            route,
            version,
            started: Instant::now(),
            answered: false,
        }
    }

    fn end(&mut self, response: &mut Response) {
        self.answered = true;
        let failure = response.extensions().get::<ErrorType>().map(|error| error.0);
        self.record(Some(response.status()), failure);
        self.trace.inject_response(response.headers_mut());
    }

    /// Tells how the exchange ended. Its trace has to be the current one, for the log line to be part of it.
    fn record(&self, status: Option<StatusCode>, failure: Option<&'static str>) {
        let duration = self.started.elapsed();
        let route = self.route.as_ref().map(MatchedPath::as_str);
        let outcome = Outcome { method: self.method, version: self.version, status, failure };
        self.observer.measure.end(route, outcome, duration);
        let status = status.map(|status| status.as_u16());
        let span = self.trace.span();
        if let Some(status) = status {
            span.set_attribute(KeyValue::new(HTTP_RESPONSE_STATUS_CODE, i64::from(status)));
        }
        if let Some(error_type) = outcome.error_type() {
            span.set_attribute(KeyValue::new(ERROR_TYPE, error_type.to_owned()));
            span.set_status(Status::error(""));
        }
        span.end();
        tracing::info!(
            target: "access",
            {
                { HTTP_REQUEST_METHOD } = self.method,
                { HTTP_ROUTE } = route,
                { HTTP_RESPONSE_STATUS_CODE } = status,
                { ERROR_TYPE } = outcome.error_type(),
                duration_seconds = duration.as_secs_f64(),
            },
            "request"
        );
    }
}

/// A request that nobody waits for any more, because its client went away or the time to drain is
/// over, is counted like the others.
impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.answered {
            let _current = self.trace.enter();
            self.record(None, Some("cancelled"));
        }
    }
}

fn server_span(
    request: &Request,
    method: &'static str,
    route: Option<&str>,
    version: &'static str,
) -> SpanBuilder {
    let verb = if method == OTHER { "HTTP" } else { method };
    let name = route.map_or_else(|| verb.to_owned(), |route| format!("{verb} {route}"));
    let original = (method == OTHER).then(|| request.method().to_string());
    let uri = request.uri();
    let server: Option<Authority> =
        text(request.headers(), header::HOST).and_then(|host| host.parse().ok());
    let server = server.as_ref();
    let peer = request.extensions().get::<PeerAddress>();
    let user_agent = text(request.headers(), header::USER_AGENT);
    SpanBuilder::from_name(name).with_attributes(attributes([
        (HTTP_REQUEST_METHOD, Some(method.into())),
        (HTTP_REQUEST_METHOD_ORIGINAL, original.map(Value::from)),
        (HTTP_ROUTE, route.map(|route| route.to_owned().into())),
        (URL_SCHEME, Some(SCHEME.into())),
        (URL_PATH, Some(uri.path().to_owned().into())),
        (URL_QUERY, uri.query().map(|query| redact::query(query).into_owned().into())),
        (NETWORK_PROTOCOL_VERSION, Some(version.into())),
        (SERVER_ADDRESS, server.map(|server| server_address(server).to_owned().into())),
        (SERVER_PORT, server.and_then(Authority::port_u16).map(|port| i64::from(port).into())),
        (CLIENT_ADDRESS, peer.map(|peer| peer.client_address().into())),
        (USER_AGENT_ORIGINAL, user_agent.map(|text| text.to_owned().into())),
    ]))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Returns a method by the name it has in telemetry, so that clients cannot make up new ones.
fn known_method(method: &Method) -> &'static str {
    METHODS.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER)
}

fn protocol_version(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0",
        _ => "1.1",
    }
}
