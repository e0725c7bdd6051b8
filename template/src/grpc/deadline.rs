//! The time limit of a call.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};

use super::status;
use crate::deadline::within;

/// Gives up a call that takes longer than its client waits, or than the cap, and answers
/// `DEADLINE_EXCEEDED` in its place.
///
/// A stream has to start within the limit; how long it goes on is up to the client.
pub(super) async fn enforce(State(cap): State<Duration>, request: Request, next: Next) -> Response {
    let limit = asked(request.headers()).map_or(cap, |asked| asked.min(cap));
    match within(limit, next.run(request)).await {
        Ok(response) => response,
        Err(elapsed) => status::deadline_exceeded(&elapsed).into_http(),
    }
}

/// Reads how long the client waits; what is not of the form that gRPC gives it counts as absent.
///
/// Source: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>
fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let is_number = digits.len() <= 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u32 = digits.parse().ok().filter(|_| is_number)?;
    let unit = match unit {
        "H" => Duration::from_hours(1),
        "M" => Duration::from_mins(1),
        "S" => Duration::from_secs(1),
        "m" => Duration::from_millis(1),
        "u" => Duration::from_micros(1),
        "n" => Duration::from_nanos(1),
        _ => return None,
    };
    Some(unit * number)
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use axum::{Router, body::Body, middleware::from_fn_with_state, routing::post};
    use tower::Service as _;

    use super::*;

    fn read(text: &str) -> Option<Duration> {
        asked(&HeaderMap::from_iter([("grpc-timeout".parse().unwrap(), text.parse().unwrap())]))
    }

    #[test]
    fn every_unit_is_understood() {
        assert_eq!(read("2H"), Some(Duration::from_hours(2)));
        assert_eq!(read("2M"), Some(Duration::from_mins(2)));
        assert_eq!(read("20S"), Some(Duration::from_secs(20)));
        assert_eq!(read("99999999m"), Some(Duration::from_millis(99_999_999)));
        assert_eq!(read("0u"), Some(Duration::ZERO));
        assert_eq!(read("1n"), Some(Duration::from_nanos(1)));
        assert_eq!(read("99999999H"), Some(Duration::from_hours(99_999_999)));
    }

    #[test]
    fn everything_else_is_ignored() {
        for text in ["", "S", "1", "1s", "-1S", "+1S", "1.5S", "123456789n", " 1S"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(asked(&HeaderMap::new()), None);
    }

    #[tokio::test]
    async fn the_client_can_ask_for_less_time_than_the_cap_and_not_for_more() {
        for (cap, asked) in [(Duration::from_hours(1), "1m"), (Duration::from_millis(1), "1H")] {
            let mut router = Router::new()
                .route("/", post(pending::<Response>))
                .layer(from_fn_with_state(cap, enforce));
            let request = Request::post("/").header("grpc-timeout", asked);

            let response = router.call(request.body(Body::empty()).unwrap()).await.unwrap();

            assert_eq!(response.headers()["grpc-status"], "4");
        }
    }
}
