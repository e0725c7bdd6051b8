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
    http::{HeaderMap, HeaderValue, header::USER_AGENT, uri::Authority},
    response::{IntoResponse, Response},
};
use hyper::body::{Frame, SizeHint};
use opentelemetry::{
    KeyValue,
    trace::{SpanBuilder, SpanKind, Status},
};
use opentelemetry_semantic_conventions::attribute::{
    CLIENT_ADDRESS, ERROR_TYPE, RPC_METHOD, RPC_METHOD_ORIGINAL, RPC_RESPONSE_STATUS_CODE,
    RPC_SYSTEM_NAME, SERVER_ADDRESS, SERVER_PORT, USER_AGENT_ORIGINAL,
};
use pin_project_lite::pin_project;
use tonic::Code;
use tower::{Layer, Service};

use super::{
    connection::UnderWay,
    measure::{self, Measure, Method, OTHER, SYSTEM},
};
use crate::{
    listener::{PeerAddress, server_address},
    telemetry::{
        self,
        sampling::{Sampling, Trace, attributes},
    },
};

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
    S: Service<Request, Response: IntoResponse, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Observed<S::Future>;

    fn poll_ready(&mut self, context: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let call = Call::begin(&self.observer, &request);
        let _current = call.trace.enter();
        Observed { response: self.inner.call(request), call: Some(call) }
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

impl<F, R> Future for Observed<F>
where
    F: Future<Output = Result<R, Infallible>>,
    R: IntoResponse,
{
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let call = this.call.as_ref().expect("a future is not polled after its end");
        let _current = call.trace.enter();
        let Ok(response) = ready!(this.response.poll(context));
        let call = this.call.take().expect("it was there before");
        Poll::Ready(Ok(call.answered(response.into_response())))
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
        let _current = this.call.trace.enter();
        let frame = ready!(this.body.poll_frame(context));
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
        let parent = telemetry::remote_context(request.headers());
        let name = if method.name() == OTHER { SYSTEM } else { method.name() };
        let trace = observer.sampling.start(parent, name, SpanKind::Server, || {
            server_span(request, name, method.name(), original)
        });
        let under_way = request.extensions().get().cloned();
        Self { trace, method, started: Instant::now(), ended: false, _under_way: under_way }
    }

    /// Ends with an answer that has no more than a status; watches the rest of any other.
    fn answered(mut self, mut response: Response) -> Response {
        self.trace.inject_response(response.headers_mut());
        match code(response.headers()) {
            Some(code) => {
                self.end(code);
                response
            }
            None => response.map(|body| Body::new(ObservedBody { body, call: self })),
        }
    }

    /// Tells how the call ended. Its trace has to be the current one, for the log line to be part of it.
    fn end(&mut self, code: Code) {
        if self.ended {
            return;
        }
        self.ended = true;
        let duration = self.started.elapsed();
        self.method.record(code, duration);
        let (status, error_type) = (measure::name(code), measure::error_type(code));
        let span = self.trace.span();
        span.set_attribute(KeyValue::new(RPC_RESPONSE_STATUS_CODE, status));
        if let Some(error_type) = error_type {
            span.set_attribute(KeyValue::new(ERROR_TYPE, error_type));
            span.set_status(Status::error(""));
        }
        span.end();
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
    }
}

/// A call whose client went away is counted like the others.
impl Drop for Call {
    fn drop(&mut self) {
        if !self.ended {
            let _current = self.trace.enter();
            self.end(Code::Cancelled);
        }
    }
}

fn server_span(request: &Request, name: &str, method: &str, original: &str) -> SpanBuilder {
    let server = request.uri().authority();
    let peer = request.extensions().get::<PeerAddress>();
    let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    SpanBuilder::from_name(name.to_owned()).with_attributes(attributes([
        (RPC_SYSTEM_NAME, Some(SYSTEM.into())),
        (RPC_METHOD, Some(method.to_owned().into())),
        (RPC_METHOD_ORIGINAL, (method == OTHER).then(|| original.to_owned().into())),
        (SERVER_ADDRESS, server.map(|server| server_address(server).to_owned().into())),
        (SERVER_PORT, server.and_then(Authority::port_u16).map(|port| i64::from(port).into())),
        (CLIENT_ADDRESS, peer.map(|peer| peer.client_address().into())),
        (USER_AGENT_ORIGINAL, user_agent.map(|text| text.to_owned().into())),
    ]))
}

/// Reads the status of a call.
fn code(headers: &HeaderMap) -> Option<Code> {
    headers.get(tonic::Status::GRPC_STATUS).map(HeaderValue::as_bytes).map(Code::from_bytes)
}
