//! What of a URL may not leave the service.

use std::borrow::Cow;

/// The parameters of signed URLs that are as good as a password.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/registry/attributes/url/>
const SECRETS: [&str; 7] = [
    "AWSAccessKeyId",
    "Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Goog-Signature",
    "sig",
];

/// Replaces the values of secret parameters in a query by `REDACTED`.
pub(super) fn query(query: &str) -> Cow<'_, str> {
    let name = |pair: &str| pair.split_once('=').map_or(pair, |(name, _)| name).to_owned();
    let is_secret =
        |pair: &str| SECRETS.iter().any(|secret| name(pair).eq_ignore_ascii_case(secret));
    if !query.split('&').any(is_secret) {
        return Cow::Borrowed(query);
    }
    let pairs: Vec<_> = query
        .split('&')
        .map(|pair| if is_secret(pair) { name(pair) + "=REDACTED" } else { pair.to_owned() })
        .collect();
    Cow::Owned(pairs.join("&"))
}
