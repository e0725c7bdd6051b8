//! Hexadecimal digits, which every answer and every log line needs.

/// Writes bytes into a text that is twice as long.
///
/// To format them takes about ten times as long, and most of what an answer's `traceresponse`
/// costs.
pub(super) fn write(text: &mut [u8], bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}
