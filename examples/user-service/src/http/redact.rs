//! What of a URL may not leave the service.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

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
    if !query.split('&').any(|pair| is_secret(name(pair))) {
        return Cow::Borrowed(query);
    }
    let mut redacted = String::with_capacity(query.len());
    for (number, pair) in query.split('&').enumerate() {
        if number > 0 {
            redacted.push('&');
        }
        let name = name(pair);
        if is_secret(name) {
            redacted.push_str(name);
            redacted.push_str("=REDACTED");
        } else {
            redacted.push_str(pair);
        }
    }
    Cow::Owned(redacted)
}

fn name(pair: &str) -> &str {
    pair.split_once('=').map_or(pair, |(name, _)| name)
}

/// Compares without case, and as the receiver would: `%73ig` is `sig`.
fn is_secret(name: &str) -> bool {
    SECRETS.iter().any(|secret| {
        let name = percent_decode_str(name).map(|byte| byte.to_ascii_lowercase());
        name.eq(secret.bytes().map(|byte| byte.to_ascii_lowercase()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_replaced_however_their_names_are_written() {
        for (given, expected) in [
            ("sig=1&limit=2", "sig=REDACTED&limit=2"),
            ("limit=2&SIG=a=b&&sig", "limit=2&SIG=REDACTED&&sig=REDACTED"),
            ("%73i%67=1&x-amz-signature=2", "%73i%67=REDACTED&x-amz-signature=REDACTED"),
            ("X%2dGoog%2DSignature=1", "X%2dGoog%2DSignature=REDACTED"),
        ] {
            assert_eq!(query(given), expected);
        }
    }

    #[test]
    fn other_queries_stay_as_they_are() {
        for given in ["", "limit=2&after=3", "sign=1&sig2=x", "limit=%73ig", "%zz=1"] {
            assert!(matches!(query(given), Cow::Borrowed(same) if same == given), "{given}");
        }
    }
}
