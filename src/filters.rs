//! cargo-generate's filters for liquid.

use std::fmt;

use heck::{
    ToKebabCase, ToLowerCamelCase, ToPascalCase, ToShoutyKebabCase, ToShoutySnakeCase, ToSnakeCase,
    ToTitleCase, ToUpperCamelCase,
};
use liquid_core::parser::{FilterArguments, ParameterReflection};
use liquid_core::{Filter, FilterReflection, ParseFilter, Runtime, Value, ValueView};

/// Lists the filters that cargo-generate adds to liquid's.
pub const CASES: [Case; 8] = [
    Case { name: "kebab_case", change: |text| text.to_kebab_case() },
    Case { name: "lower_camel_case", change: |text| text.to_lower_camel_case() },
    Case { name: "pascal_case", change: |text| text.to_pascal_case() },
    Case { name: "shouty_kebab_case", change: |text| text.to_shouty_kebab_case() },
    Case { name: "shouty_snake_case", change: |text| text.to_shouty_snake_case() },
    Case { name: "snake_case", change: |text| text.to_snake_case() },
    Case { name: "title_case", change: |text| text.to_title_case() },
    Case { name: "upper_camel_case", change: |text| text.to_upper_camel_case() },
];

/// Lists liquid's own filters, without `date`, which can read the clock.
pub const STANDARD: [&str; 47] = [
    "abs",
    "append",
    "at_least",
    "at_most",
    "capitalize",
    "ceil",
    "compact",
    "concat",
    "default",
    "divided_by",
    "downcase",
    "escape",
    "escape_once",
    "first",
    "floor",
    "join",
    "last",
    "lstrip",
    "map",
    "minus",
    "modulo",
    "newline_to_br",
    "plus",
    "prepend",
    "remove",
    "remove_first",
    "replace",
    "replace_first",
    "reverse",
    "round",
    "rstrip",
    "size",
    "slice",
    "sort",
    "sort_natural",
    "split",
    "strip",
    "strip_html",
    "strip_newlines",
    "times",
    "truncate",
    "truncatewords",
    "uniq",
    "upcase",
    "url_decode",
    "url_encode",
    "where",
];

/// Is a filter that changes the case of a text.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Its name.
    pub name: &'static str,
    change: fn(&str) -> String,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Filter for Case {
    fn evaluate(&self, input: &dyn ValueView, _: &dyn Runtime) -> liquid_core::Result<Value> {
        let scalar =
            input.as_scalar().ok_or_else(|| liquid_core::Error::with_msg("String expected"))?;
        Ok(Value::scalar((self.change)(&scalar.into_string())))
    }
}

impl ParseFilter for Case {
    fn parse(&self, mut arguments: FilterArguments<'_>) -> liquid_core::Result<Box<dyn Filter>> {
        if arguments.positional.next().is_some() || arguments.keyword.next().is_some() {
            return Err(liquid_core::Error::with_msg("the filter takes no arguments"));
        }
        Ok(Box::new(*self))
    }

    fn reflection(&self) -> &dyn FilterReflection {
        self
    }
}

impl FilterReflection for Case {
    fn name(&self) -> &str {
        self.name
    }

    fn description(&self) -> &'static str {
        "changes the case of a text"
    }

    fn positional_parameters(&self) -> &'static [ParameterReflection] {
        &[]
    }

    fn keyword_parameters(&self) -> &'static [ParameterReflection] {
        &[]
    }
}
