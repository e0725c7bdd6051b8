//! Questions, on a real pseudo-terminal.

use std::process::Command;
use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect, Session};

use crate::support::{PROGRAM, Scene, clean};

/// Bounds how long a broken program can hold up the tests; a working one answers at once.
const PATIENCE: Duration = Duration::from_mins(2);

fn terminal(scene: &Scene, line: &str, variables: &[(&str, &str)]) -> OsSession {
    // Tests that run in the background are told to ignore Ctrl-C, and programs inherit that.
    let mut command = Command::new("env");
    command.args(["--default-signal=INT", PROGRAM]);
    command.args(line.split_whitespace()).current_dir(scene.path(""));
    clean(&mut command);
    command.env("TERM", "xterm");
    command.envs(variables.iter().copied());
    let mut session = Session::spawn(command).unwrap();
    session.set_expect_timeout(Some(PATIENCE));
    session
}

fn exit_code(session: &OsSession) -> i32 {
    match session.get_process().wait().unwrap() {
        WaitStatus::Exited(_, code) => code,
        other => panic!("{other:?}"),
    }
}

const NEW: &str = "new one --template template --vcs none";

#[test]
fn every_open_question_is_asked_until_the_answer_is_valid() {
    let scene = Scene::new();
    let mut session = terminal(&scene, NEW, &[]);
    session.expect("Which database?").unwrap();
    session.expect("1) sqlite").unwrap();
    session.expect("2) PostgreSQL").unwrap();
    session.expect("Number or name [sqlite]: ").unwrap();
    session.send_line("oracle").unwrap();
    session.expect("Expected one of sqlite, postgres.").unwrap();
    session.expect("Number or name [sqlite]: ").unwrap();
    session.send_line("2").unwrap();
    session.expect("With gRPC? [y/N] ").unwrap();
    session.send_line("maybe").unwrap();
    session.expect("Expected true or false.").unwrap();
    session.expect("With gRPC? [y/N] ").unwrap();
    session.send_line("Yes").unwrap();
    session.expect("Whose is it? ").unwrap();
    session.send_line("").unwrap();
    session.expect("An answer is needed.").unwrap();
    session.expect("Whose is it? ").unwrap();
    session.send_line("NOT").unwrap();
    session.expect("Expected a text that matches ^[a-z]+$.").unwrap();
    session.send_line("ours").unwrap();
    session.expect("Created `one`").unwrap();
    session.expect(Eof).unwrap();
    assert_eq!(exit_code(&session), 0);
    assert_eq!(scene.read("one/all.txt"), "one postgres true ours\n");
}

#[test]
fn an_empty_line_takes_the_default_and_given_answers_are_not_asked_for() {
    let scene = Scene::new();
    let mut session = terminal(&scene, &format!("{NEW} --team mine"), &[]);
    session.expect("Number or name [sqlite]: ").unwrap();
    session.send_line("").unwrap();
    session.expect("With gRPC? [y/N] ").unwrap();
    session.send_line("").unwrap();
    session.expect("Created `one`").unwrap();
    session.expect(Eof).unwrap();
    assert_eq!(exit_code(&session), 0);
    assert_eq!(scene.read("one/all.txt"), "one sqlite false mine\n");
}

#[test]
fn a_destination_that_is_taken_is_told_before_any_question() {
    let scene = Scene::new();
    scene.write("one/file", "");
    let mut session = terminal(&scene, NEW, &[("NO_COLOR", "1")]);
    let seen = session.expect(Eof).unwrap();
    let seen = String::from_utf8_lossy(seen.as_bytes()).into_owned();
    assert!(seen.starts_with("error: `one` is not empty"), "{seen}");
    assert_eq!(exit_code(&session), 2);
}

#[test]
fn nothing_is_asked_where_ci_is_set() {
    let scene = Scene::new();
    let mut session = terminal(&scene, NEW, &[("CI", "true"), ("NO_COLOR", "1")]);
    let seen = session.expect(Eof).unwrap();
    let seen = String::from_utf8_lossy(seen.as_bytes()).into_owned();
    assert!(seen.starts_with("error: answers are missing:"), "{seen}");
    assert_eq!(exit_code(&session), 2);
}

#[test]
fn the_end_of_the_input_is_an_error_that_leaves_nothing_behind() {
    let scene = Scene::new();
    let mut session = terminal(&scene, NEW, &[("NO_COLOR", "1")]);
    session.expect("Number or name [sqlite]: ").unwrap();
    // Ctrl-D
    session.send("\u{4}").unwrap();
    session.expect("\r\nerror: the input ended before all questions were answered").unwrap();
    session.expect(Eof).unwrap();
    assert_eq!(exit_code(&session), 2);
    assert_eq!(scene.list(), Vec::<String>::new());
}

#[test]
fn what_is_not_text_is_asked_for_again() {
    let scene = Scene::new();
    let mut session = terminal(&scene, &format!("{NEW} --database sqlite --grpc"), &[]);
    session.expect("Whose is it? ").unwrap();
    session.send(b"a\xff\n").unwrap();
    session.expect("Expected text in UTF-8.").unwrap();
    session.expect("Whose is it? ").unwrap();
    session.send_line("ours").unwrap();
    session.expect("Created `one`").unwrap();
    session.expect(Eof).unwrap();
    assert_eq!(scene.read("one/all.txt"), "one sqlite true ours\n");
}

#[test]
fn ctrl_c_at_a_question_ends_the_program_and_leaves_nothing_behind() {
    let scene = Scene::new();
    let mut session = terminal(&scene, NEW, &[]);
    session.expect("Number or name [sqlite]: ").unwrap();
    session.send("\u{3}").unwrap();
    session.expect(Eof).unwrap();
    assert!(matches!(session.get_process().wait().unwrap(), WaitStatus::Signaled(..)));
    assert_eq!(scene.list(), Vec::<String>::new());
}

#[test]
fn colour_is_for_terminals_and_can_be_turned_off() {
    let scene = Scene::new();
    scene.write("one/file", "");
    let colours = |variables: &[(&str, &str)]| {
        let mut session = terminal(&scene, NEW, variables);
        let seen = session.expect(Eof).unwrap();
        seen.as_bytes().contains(&0x1b)
    };
    assert!(colours(&[]));
    assert!(!colours(&[("NO_COLOR", "1")]));
    assert!(!colours(&[("TERM", "dumb")]));
}
