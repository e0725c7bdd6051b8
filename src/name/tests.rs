//! Which names are accepted, and what is suggested instead of others.

use super::*;

#[test]
fn a_name_is_accepted_if_everything_can_be_called_so() {
    let longest = "a".repeat(MAX_LENGTH);
    for name in
        ["a", "user-service", "a1", "billing2-api-v10", "matches", "com10", longest.as_str()]
    {
        assert_eq!(Name::parse(name).map(|name| name.to_string()), Ok(name.to_owned()));
    }
}

#[test]
fn a_name_is_refused_with_a_better_one() {
    for (name, suggestion) in [
        ("UserService", Some("user-service")),
        ("user_service", Some("user-service")),
        ("user.service", Some("user-service")),
        ("-user--service-", Some("user-service")),
        ("2fast", Some("fast")),
        ("Match", Some("match-service")),
        ("union", Some("union-service")),
        ("std", Some("std-service")),
        ("deps", Some("deps-service")),
        ("NUL", Some("nul-service")),
        ("", None),
        ("_", None),
        ("42", None),
        ("benützer", None),
    ] {
        let error = Name::parse(name).unwrap_err();
        assert_eq!(error.suggestion().as_deref(), suggestion, "{name}");
    }
    let long = Name::parse(&"a".repeat(MAX_LENGTH + 1)).unwrap_err();
    assert_eq!((long.suggestion(), &long), (None, &Error::TooLong(MAX_LENGTH + 1)));
}

#[test]
fn a_crate_is_called_as_rust_writes_it() {
    assert_eq!(Name::parse("a-b-c").unwrap().crate_name(), "a_b_c");
}

#[test]
fn devices_of_windows_are_known() {
    for (word, device) in [
        ("con", true),
        ("COM1", true),
        ("lpt9", true),
        ("com0", false),
        ("com10", false),
        ("console", false),
    ] {
        assert_eq!(is_device(word), device, "{word}");
    }
}
