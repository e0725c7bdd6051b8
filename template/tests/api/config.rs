use std::process::Output;

use crate::support::{DATABASE_URL, run};

/// Expects a refusal, and returns the mistakes it names.
fn mistakes(output: &Output) -> Vec<String> {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let message = String::from_utf8(output.stderr.clone()).expect("the message is text");
    let mistakes = message
        .strip_prefix("error: the configuration is wrong\n")
        .and_then(|rest| rest.strip_suffix("\n\nhint: --help lists all settings\n"));
    let mistakes = mistakes.unwrap_or_else(|| panic!("{message}"));
    mistakes.lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn every_mistake_is_named_at_once() {
    let output = run(
        &["--http-body-limit=64KiB", "--log-format", "xml", "--nonsense"],
        &[
            ("DATABASE_URL", "mysql://ada:s3cret@localhost/users"),
            ("HTTP_ADDRESS", "localhost"),
            ("HTTP_REQUEST_TIMEOUT", "30"),
            ("HTTP_MAX_CONNECTIONS", "0"),
            ("DATABASE_QUERY_TIMEOUT", "0s"),
            ("DATABASE_MIN_CONNECTIONS", "11"),
            ("DATABASE_MIGRATE", "yes"),
            ("OTEL_EXPORTER_PROMETHEUS_PORT", "65536"),
            ("RUST_LOG", "loud=very"),
        ],
    );

    let mistakes = mistakes(&output);

    let named: Vec<&str> =
        mistakes.iter().map(|mistake| mistake.split([':', '=', ' ']).next().unwrap()).collect();
    assert_eq!(
        named,
        [
            "--nonsense",
            "HTTP_ADDRESS",
            "HTTP_REQUEST_TIMEOUT",
            "--http-body-limit",
            "HTTP_MAX_CONNECTIONS",
            "OTEL_EXPORTER_PROMETHEUS_PORT",
            "DATABASE_URL",
            "DATABASE_QUERY_TIMEOUT",
            "DATABASE_MIGRATE",
            "RUST_LOG",
            "--log-format",
            "DATABASE_MIN_CONNECTIONS",
        ],
        "{mistakes:#?}"
    );
}

#[test]
fn a_number_without_a_unit_is_no_duration() {
    let output = run(&["--shutdown-timeout=20"], &[("DATABASE_URL", DATABASE_URL)]);

    assert_eq!(
        mistakes(&output),
        ["--shutdown-timeout=20: time unit needed, for example 20sec or 20ms"]
    );
}

#[test]
fn a_duration_is_at_most_a_day() {
    let variables = [
        ("DATABASE_URL", DATABASE_URL),
        ("HTTP_REQUEST_TIMEOUT", "25h"),
        ("DATABASE_ACQUIRE_TIMEOUT", "500000000000years"),
        ("SHUTDOWN_DELAY", "1day 1ns"),
        ("SHUTDOWN_TIMEOUT", "1day"),
    ];

    assert_eq!(
        mistakes(&run(&[], &variables)),
        [
            "HTTP_REQUEST_TIMEOUT=25h: must be at most 1day",
            "DATABASE_ACQUIRE_TIMEOUT=500000000000years: must be at most 1day",
            "SHUTDOWN_DELAY=1day 1ns: must be at most 1day",
        ]
    );
}

#[test]
fn a_number_is_at_most_a_million() {
    let variables = [
        ("DATABASE_URL", DATABASE_URL),
        ("HTTP_MAX_CONNECTIONS", "1000000"),
        ("HTTP_MAX_CONCURRENT_REQUESTS", "18446744073709551615"),
        ("DATABASE_MAX_CONNECTIONS", "1000001"),
    ];

    assert_eq!(
        mistakes(&run(&[], &variables)),
        [
            "HTTP_MAX_CONCURRENT_REQUESTS=18446744073709551615: must be at most 1000000",
            "DATABASE_MAX_CONNECTIONS=1000001: 1000001 is not in 1..=1000000",
        ]
    );
}

#[test]
fn a_database_in_memory_is_refused() {
    for url in ["sqlite::memory:", "sqlite://:memory:", "sqlite://users.db?mode=memory"] {
        let mistakes = mistakes(&run(&[], &[("DATABASE_URL", url)]));
        assert!(mistakes[0].starts_with("DATABASE_URL: must "), "{mistakes:?}");
    }
}

#[test]
fn a_flag_without_its_value_does_not_take_the_next_flag_for_it() {
    let output =
        run(&["--log-format", "--http-address", "wrong"], &[("DATABASE_URL", DATABASE_URL)]);

    assert_eq!(
        mistakes(&output),
        ["--log-format: has no value", "--http-address=wrong: invalid socket address syntax"]
    );
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let variables = [
        ("DATABASE_URL", DATABASE_URL),
        ("DATABASE_MIN_CONNECTIONS", "3"),
        ("DATABASE_MAX_CONNECTIONS", "2"),
    ];

    assert_eq!(
        mistakes(&run(&[], &variables)),
        ["DATABASE_MIN_CONNECTIONS (3) must not be greater than DATABASE_MAX_CONNECTIONS (2)"]
    );
}

#[test]
fn a_flag_goes_before_its_variable_and_an_empty_variable_counts_as_unset() {
    let variables = [("DATABASE_URL", DATABASE_URL), ("HTTP_ADDRESS", "wrong"), ("RUST_LOG", "")];

    let output = run(&["--http-address", "also wrong"], &variables);

    assert_eq!(mistakes(&output), ["--http-address=also wrong: invalid socket address syntax"]);
}

#[test]
fn a_database_url_is_never_repeated() {
    let urls = ["s3cret", "mysql://ada:s3cret@localhost/users", "postgres//ada:s3cret@localhost"];
    for url in urls {
        let flag = format!("--database-url={url}");
        for output in [
            run(&[], &[("DATABASE_URL", url)]),
            run(&[&flag], &[]),
            run(&[&flag, "--help"], &[("DATABASE_URL", url)]),
            run(&["--database-ur", url], &[("DATABASE_URL", url)]),
            run(&["--database-url"], &[("DATABASE_URL", url)]),
        ] {
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8(text).unwrap();
            assert!(!text.contains("s3cret"), "{text}");
            assert!(text.contains("must have the form") || output.status.success(), "{text}");
        }
    }
}

#[test]
fn the_help_names_every_setting_as_flag_and_as_variable() {
    let output = run(&["--help"], &[]);

    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8(output.stdout).unwrap();
    for (variable, default) in [
        ("HTTP_ADDRESS", "0.0.0.0:8080"),
        ("HTTP_REQUEST_TIMEOUT", "30s"),
        ("HTTP_BODY_LIMIT", "65536"),
        ("HTTP_HEADER_READ_TIMEOUT", "10s"),
        ("HTTP_BODY_READ_TIMEOUT", "10s"),
        ("HTTP_MAX_CONNECTIONS", "1024"),
        ("OTEL_EXPORTER_PROMETHEUS_HOST", "localhost"),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "9464"),
        ("DATABASE_URL", ""),
        ("DATABASE_MAX_CONNECTIONS", "10"),
        ("DATABASE_MIN_CONNECTIONS", "0"),
        ("DATABASE_ACQUIRE_TIMEOUT", "2s"),
        ("DATABASE_QUERY_TIMEOUT", "5s"),
        ("DATABASE_MIGRATE", "true"),
        ("SHUTDOWN_DELAY", "0s"),
        ("SHUTDOWN_TIMEOUT", "20s"),
        ("RUST_LOG", "info"),
        ("LOG_FORMAT", "text on a terminal, otherwise json"),
    ] {
        let flag = format!("--{} ", variable.to_lowercase().replace('_', "-"));
        assert!(help.contains(&flag), "{flag}\n{help}");
        assert!(help.contains(&format!("[env: {variable}")), "{variable}\n{help}");
        assert!(help.contains(&format!("[default: {default}")), "{default}\n{help}");
    }
    for line in
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_SAMPLER", "2  The configuration is wrong"]
    {
        assert!(help.contains(line), "{line}\n{help}");
    }
}
