//! The telemetry of calls: a server span, the metrics and one log line each.
//!
//! Sources: <https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/>,
//! <https://opentelemetry.io/docs/specs/semconv/rpc/grpc/>

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
    time::Instant,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header::USER_AGENT, uri::Authority},
    response::Response,
};
use hyper::body::{Frame, SizeHint};
use opentelemetry::{global, trace::SpanKind};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_semantic_conventions::attribute::{
    CLIENT_ADDRESS, ERROR_TYPE, RPC_METHOD, RPC_METHOD_ORIGINAL, RPC_RESPONSE_STATUS_CODE,
    RPC_SYSTEM_NAME, SERVER_ADDRESS, SERVER_PORT, USER_AGENT_ORIGINAL,
};
use pin_project_lite::pin_project;
use tonic::Code;
use tower::{Layer, Service};
use tracing::{Span, field::Empty};

use super::{
    connection::UnderWay,
    measure::{self, Measure, Method, OTHER, SYSTEM},
};
use crate::{
    listener::{PeerAddress, server_address},
    telemetry::sampling::{Sampling, Trace},
};

const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// Observes every call that goes through it, until the last of its answer.
#[derive(Clone, Debug)]
pub(super) struct ObserveLayer(Arc<Observer>);

#[derive(Debug)]
struct Observer {
    sampling: Sampling,
    measure: Measure,
}

impl ObserveLayer {
    /// Observes calls by these means.
    pub(super) fn new(sampling: Sampling, measure: Measure) -> Self {
        Self(Arc::new(Observer { sampling, measure }))
    }
}

impl<S> Layer<S> for ObserveLayer {
    type Service = Observe<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Observe { inner, observer: Arc::clone(&self.0) }
    }
}

/// A service whose calls are observed.
#[derive(Clone, Debug)]
pub(super) struct Observe<S> {
    inner: S,
    observer: Arc<Observer>,
}

impl<S> Service<Request> for Observe<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Observed<S::Future>;

    fn poll_ready(&mut self, context: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let call = Call::begin(&self.observer, &request);
        let response = call.trace.in_scope(|| self.inner.call(request));
        Observed { response, call: Some(call) }
    }
}

pin_project! {
    /// The answer to a call, until its first part is there.
    pub(super) struct Observed<F> {
        #[pin]
        response: F,
        call: Option<Call>,
    }
}

impl<F> Future for Observed<F>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let call = this.call.as_ref().expect("a future is not polled after its end");
        let Ok(response) = ready!(call.trace.in_scope(|| this.response.poll(context)));
        let call = this.call.take().expect("it was there before");
        Poll::Ready(Ok(call.answered(response)))
    }
}

pin_project! {
    /// The rest of an answer: messages, and the status in the trailers.
    struct ObservedBody {
        #[pin]
        body: Body,
        call: Call,
    }
}

impl HttpBody for ObservedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.project();
        let frame = ready!(this.call.trace.in_scope(|| this.body.poll_frame(context)));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref() {
                    this.call.end(code(trailers).unwrap_or(Code::Unknown));
                }
            }
            Some(Err(_)) => this.call.end(Code::Internal),
            // An answer without a status has no place in gRPC: clients take it for UNKNOWN.
            None => this.call.end(Code::Unknown),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A call on its way to its status.
#[derive(Debug)]
struct Call {
    trace: Trace,
    method: Arc<Method>,
    started: Instant,
    ended: bool,
    _under_way: Option<UnderWay>,
}

impl Call {
    fn begin(observer: &Observer, request: &Request) -> Self {
        let original = request.uri().path().trim_start_matches('/');
        let method = observer.measure.method(original);
        let parent = global::get_text_map_propagator(|propagator| {
            propagator.extract(&HeaderExtractor(request.headers()))
        });
        let name = if method.name() == OTHER { SYSTEM } else { method.name() };
        let trace = observer.sampling.start(parent, name, &SpanKind::Server, || {
            server_span(request, name, method.name(), original)
        });
        let under_way = request.extensions().get().cloned();
        Self { trace, method, started: Instant::now(), ended: false, _under_way: under_way }
    }

    /// Ends with an answer that has no more than a status; watches the rest of any other.
    fn answered(mut self, mut response: Response) -> Response {
        if let Ok(ids) = HeaderValue::try_from(self.trace.traceresponse()) {
            response.headers_mut().insert(TRACERESPONSE, ids);
        }
        match code(response.headers()) {
            Some(code) => {
                self.end(code);
                response
            }
            None => response.map(|body| Body::new(ObservedBody { body, call: self })),
        }
    }

    fn end(&mut self, code: Code) {
        if self.ended {
            return;
        }
        self.ended = true;
        let duration = self.started.elapsed();
        self.method.record(code, duration);
        let (status, error_type) = (measure::name(code), measure::error_type(code));
        let span = self.trace.span();
        span.record(RPC_RESPONSE_STATUS_CODE, status);
        if let Some(error_type) = error_type {
            span.record(ERROR_TYPE, error_type);
            span.record("otel.status_code", "error");
        }
        self.trace.in_scope(|| {
            tracing::info!(
                target: "access",
                {
                    { RPC_SYSTEM_NAME } = SYSTEM,
                    { RPC_METHOD } = self.method.name(),
                    { RPC_RESPONSE_STATUS_CODE } = status,
                    { ERROR_TYPE } = error_type,
                    duration_seconds = duration.as_secs_f64(),
                },
                "request"
            );
        });
    }
}

/// A call whose client went away is counted like the others.
impl Drop for Call {
    fn drop(&mut self) {
        self.end(Code::Cancelled);
    }
}

fn server_span(request: &Request, name: &str, method: &str, original: &str) -> Span {
    let server = request.uri().authority();
    let peer = request.extensions().get::<PeerAddress>();
    let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    tracing::info_span!(
        "grpc",
        otel.name = name,
        otel.kind = "server",
        otel.status_code = Empty,
        { RPC_SYSTEM_NAME } = SYSTEM,
        { RPC_METHOD } = method,
        { RPC_METHOD_ORIGINAL } = (method == OTHER).then_some(original),
        { SERVER_ADDRESS } = server.map(server_address),
        { SERVER_PORT } = server.and_then(Authority::port_u16).map(i64::from),
        { CLIENT_ADDRESS } = peer.map(PeerAddress::client_address),
        { USER_AGENT_ORIGINAL } = user_agent,
        { RPC_RESPONSE_STATUS_CODE } = Empty,
        { ERROR_TYPE } = Empty,
    )
}

/// Reads the status of a call.
fn code(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(HeaderValue::as_bytes).map(Code::from_bytes)
}
