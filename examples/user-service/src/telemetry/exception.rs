//! Errors as log events.

/// Logs what went wrong: an event with the type and the message of an error, and further fields.
///
/// It is a macro for the event to be one of the module that logs it, which is what filters name.
#[macro_export]
macro_rules! exception {
    ($level:ident, $error:expr, $($field:ident = $value:expr,)* $message:literal) => {
        ::tracing::event!(
            ::tracing::Level::$level,
            {
                { ::opentelemetry_semantic_conventions::attribute::EXCEPTION_TYPE } =
                    ::std::any::type_name_of_val($error),
                { ::opentelemetry_semantic_conventions::attribute::EXCEPTION_MESSAGE } = %$error,
                $($field = $value,)*
            },
            $message
        )
    };
}
