//! Hexadecimal digits, which every answer and every log line needs.

/// Writes bytes into a text that is twice as long.
///
/// To format them takes many times as long, and would be most of what an answer's `traceresponse`
/// costs. As the compiler knows how many there are, it computes several digits at once.
pub(super) fn write<const N: usize>(text: &mut [u8], bytes: [u8; N]) {
    let digits = bytes.map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    text.copy_from_slice(digits.as_flattened());
}

/// Returns the digit of a number below 16.
fn digit(value: u8) -> u8 {
    value + if value < 10 { b'0' } else { b'a' - 10 }
}
