//! `firstlight update`, when the sides do not merge: both stay, and nobody's work is lost.

use std::os::unix::fs::symlink;

use crate::life::Life;

#[test]
fn edits_of_the_same_line_are_marked_and_have_to_be_resolved() {
    let life = Life::new(&[("a.txt", "one\ntwo\nthree\n"), ("b.txt", "b\n")]);
    life.write("a.txt", "one\nmine\nthree\n");
    life.release("0.2.0", &[("a.txt", "one\ntheirs\nthree\n"), ("b.txt", "B\n")]);
    let outcome = life.update();
    outcome.exits(3).prints("conflict  a.txt\nupdated   b.txt\n");
    let look = "\
These files need a look:
  a.txt: you and the template changed the same lines

Next:
  resolve the conflicts: look for `<<<<<<< yours`
";
    assert!(outcome.stderr.contains(look), "{outcome:?}");
    let marked = "\
one
<<<<<<< yours
mine
||||||| template 0.1.0
two
=======
theirs
>>>>>>> template 0.2.0
three
";
    assert_eq!(life.read("a.txt"), marked);
    assert_eq!(life.read("b.txt"), "B\n");
    // Until somebody has looked, nothing goes on.
    let before = life.files();
    life.release("0.3.0", &[("a.txt", "one\nother\nthree\n"), ("b.txt", "B\n")]);
    let outcome = life.update();
    outcome.exits(1).prints("");
    let said = "error: conflicts of an earlier update are not resolved:\n  a.txt\n";
    assert!(outcome.stderr.starts_with(said), "{outcome:?}");
    assert_eq!(life.files(), before);
    let outcome = life.run("status --check").outcome();
    outcome.exits(3).prints("conflict  a.txt\nboth      a.txt\n");
    life.write("a.txt", "one\nmine and theirs\nthree\n");
    life.update().exits(3);
}

#[test]
fn what_is_in_a_file_already_is_no_marker() {
    let old = "# Title\n=======\n<<<<<<< yours\nand more\n";
    let life = Life::new(&[("a.md", old)]);
    life.write("a.md", old.replace("more", "mine"));
    life.release("0.2.0", &[("a.md", &old.replace("Title", "New"))]);
    life.update().exits(0);
    assert_eq!(life.read("a.md"), "# New\n=======\n<<<<<<< yours\nand mine\n");
    life.release("0.3.0", &[("a.md", &old.replace("and", "or"))]);
    life.update().exits(3);
    let text = life.read("a.md");
    assert!(text.contains("<<<<<<< yours\nand mine\n||||||| template 0.2.0\n"), "{text}");
}

#[test]
fn a_deletion_against_an_edit_is_a_conflict_either_way() {
    let life = Life::new(&[("mine.txt", "one\n"), ("theirs.txt", "two\n"), ("z", "z\n")]);
    life.remove("theirs.txt");
    life.write("mine.txt", "edited\n");
    life.release("0.2.0", &[("theirs.txt", "new\n"), ("z", "z\n")]);
    let outcome = life.update();
    outcome.exits(3).prints("conflict  mine.txt\nconflict  theirs.txt\n");
    let look = "\
  mine.txt: you changed it, the template removed it: it stays as you have it
  theirs.txt: you deleted it, the template changed it; the template's is in theirs.txt.template-0.2.0
";
    assert!(outcome.stderr.contains(look), "{outcome:?}");
    assert_eq!(life.read("mine.txt"), "edited\n");
    assert!(!life.exists("theirs.txt"));
    assert_eq!(life.read("theirs.txt.template-0.2.0"), "new\n");
    // A file that lies beside another is a conflict that is not resolved.
    life.release("0.3.0", &[("theirs.txt", "new\n"), ("z", "Z\n")]);
    life.update().exits(1);
    life.remove("theirs.txt.template-0.2.0");
    life.update().exits(0).prints("updated   z\n");
    assert_eq!(life.read("mine.txt"), "edited\n");
}

#[test]
fn what_you_deleted_stays_away_as_long_as_the_template_leaves_it_alone() {
    let life = Life::new(&[("a.txt", "a\n"), ("b.txt", "b\n")]);
    life.remove("a.txt");
    life.release("0.2.0", &[("a.txt", "a\n"), ("b.txt", "B\n")]);
    life.update().exits(0).prints("updated   b.txt\n");
    assert!(!life.exists("a.txt"));
}

#[test]
fn what_is_no_text_conflicts_as_a_whole() {
    let life = Life::new(&[("a.bin", "\0one"), ("b.bin", "\0one")]);
    life.write("a.bin", "\0mine");
    life.release("0.2.0", &[("a.bin", "\0theirs"), ("b.bin", "\0two")]);
    life.update().exits(3).prints("conflict  a.bin\nupdated   b.bin\n");
    assert_eq!(life.read("a.bin"), "\0mine");
    assert_eq!(life.read("a.bin.template-0.2.0"), "\0theirs");
    assert_eq!(life.read("b.bin"), "\0two");
}

#[test]
fn a_new_file_does_not_replace_one_of_your_own() {
    let life = Life::new(&[("a.txt", "a\n")]);
    life.write("same.txt", "new\n");
    life.write("other.txt", "mine\n");
    life.release("0.2.0", &[("a.txt", "a\n"), ("same.txt", "new\n"), ("other.txt", "new\n")]);
    life.run("status").outcome().exits(0).prints("both      other.txt\n");
    life.update().exits(3).prints("conflict  other.txt\n");
    assert_eq!(life.read("same.txt"), "new\n");
    assert_eq!(life.read("other.txt"), "mine\n");
    assert_eq!(life.read("other.txt.template-0.2.0"), "new\n");
}

#[test]
fn links_and_folders_in_the_place_of_files_are_left_alone() {
    let old = [("link.txt", "a\n"), ("folder", "b\n"), ("dir/c.txt", "c\n"), ("same", "s\n")];
    let life = Life::new(&old);
    for path in ["link.txt", "folder", "dir/c.txt", "same"] {
        life.remove(path);
    }
    life.scene.write("outside/c.txt", "outside\n");
    symlink("../outside/c.txt", life.scene.path("one/link.txt")).unwrap();
    life.write("folder/mine", "mine\n");
    std::fs::remove_dir(life.scene.path("one/dir")).unwrap();
    symlink("../outside", life.scene.path("one/dir")).unwrap();
    symlink("nowhere", life.scene.path("one/same")).unwrap();
    let new = [("link.txt", "A\n"), ("folder", "B\n"), ("dir/c.txt", "C\n"), ("same", "s\n")];
    life.release("0.2.0", &new);
    let outcome = life.update();
    outcome.exits(3).prints("conflict  dir/c.txt\nconflict  folder\nconflict  link.txt\n");
    assert_eq!(life.scene.read("outside/c.txt"), "outside\n");
    assert_eq!(life.read("folder/mine"), "mine\n");
    assert_eq!(life.read("link.txt.template-0.2.0"), "A\n");
    assert_eq!(life.read("folder.template-0.2.0"), "B\n");
    assert_eq!(life.read("dir.template-0.2.0/c.txt"), "C\n");
}

#[test]
fn a_file_that_would_be_overwritten_by_the_side_of_a_conflict_is_an_error() {
    let life = Life::new(&[("a.bin", "\0one")]);
    life.write("a.bin", "\0mine");
    life.write("a.bin.template-0.2.0", "something else");
    life.release("0.2.0", &[("a.bin", "\0theirs")]);
    let before = life.files();
    let outcome = life.update();
    outcome.exits(1).prints("");
    assert!(outcome.stderr.contains("`a.bin.template-0.2.0` is where"), "{outcome:?}");
    assert_eq!(life.files(), before);
}

#[test]
fn the_side_of_a_conflict_is_not_written_through_a_link_or_a_file() {
    let life = Life::new(&[("dir/c.txt", "c\n")]);
    std::fs::remove_dir_all(life.scene.path("one/dir")).unwrap();
    life.write("dir", "mine\n");
    life.release("0.2.0", &[("dir/c.txt", "C\n")]);
    life.scene.write("outside/mine.txt", "mine\n");
    for with_link in [true, false] {
        let beside = life.scene.path("one/dir.template-0.2.0");
        if with_link {
            symlink("../outside", &beside).unwrap();
        } else {
            std::fs::remove_file(&beside).unwrap();
            life.write("dir.template-0.2.0", "mine\n");
        }
        let before = life.files();
        let outcome = life.update();
        outcome.exits(1).prints("");
        let said =
            "error: `dir.template-0.2.0` is where the template's side of a conflict would go\n";
        assert!(outcome.stderr.starts_with(said), "{outcome:?}");
        assert_eq!(life.files(), before);
        assert!(!life.scene.path("outside/c.txt").exists());
    }
}

#[test]
fn a_conflict_that_is_half_edited_or_among_the_templates_own_markers_is_not_resolved() {
    let own = "<<<<<<< yours\n||||||| template\n=======\n>>>>>>> template x\n";
    let marked = |line: &str| format!("{line}\n{own}");
    let life = Life::new(&[("a.txt", "a\n"), ("b.txt", &marked("b"))]);
    life.write("a.txt", "mine\n");
    life.release("0.2.0", &[("a.txt", "A\n"), ("b.txt", &marked("b"))]);
    life.update().exits(3);
    life.write("a.txt", "<<<<<<< yours\nmine\n=======\nA\n>>>>>>> template 0.2.0\n");
    life.release("0.3.0", &[("a.txt", "A\nB\n"), ("b.txt", &marked("B"))]);
    life.update().exits(1);
    life.write("a.txt", "mine\n");
    life.write("b.txt", marked("mine"));
    life.update().exits(3);
    life.write("a.txt", "mine\n");
    life.release("0.4.0", &[("a.txt", "A\nB\n"), ("b.txt", &marked("BB"))]);
    let refused = life.update();
    refused.exits(1);
    assert!(refused.stderr.contains("\n  b.txt"), "{refused:?}");
}

#[test]
fn a_renamed_file_that_was_no_text_keeps_your_text() {
    let rest = "line\n".repeat(20);
    let life = Life::new(&[("data.txt", &format!("\0\n{rest}"))]);
    life.write("data.txt", format!("mine\n{rest}"));
    life.release("0.2.0", &[("data2.txt", &format!("theirs\n{rest}"))]);
    life.update().exits(3);
    assert_eq!(life.read("data2.txt"), format!("mine\n{rest}"));
    assert_eq!(life.read("data2.txt.template-0.2.0"), format!("theirs\n{rest}"));
}

#[test]
fn a_renamed_file_conflicts_under_its_new_name() {
    let numbers = "one\ntwo\nthree\nfour\nfive\n";
    let life = Life::new(&[("a.txt", numbers), ("b.txt", &numbers.repeat(3))]);
    life.write("a.txt", numbers.replace("two", "mine"));
    life.remove("b.txt");
    let three = numbers.repeat(3).replace("four", "FOUR");
    life.release("0.2.0", &[("c.txt", &numbers.replace("two", "theirs")), ("sub/b.txt", &three)]);
    let outcome = life.update();
    outcome.exits(3).prints("conflict  a.txt -> c.txt\nconflict  b.txt -> sub/b.txt\n");
    assert!(life.read("c.txt").contains("<<<<<<< yours\nmine\n"));
    assert!(!life.exists("a.txt") && !life.exists("sub/b.txt"));
    assert_eq!(life.read("sub/b.txt.template-0.2.0"), three);
}

#[test]
fn a_new_file_is_not_taken_for_one_that_you_deleted_and_one_that_moved_is_told() {
    let life = Life::new(&[("a.txt", "same\n"), ("b.txt", "moved\n"), ("c.txt", "c\n")]);
    life.remove("a.txt");
    life.remove("b.txt");
    let new = [("new.txt", "same\n"), ("sub/b.txt", "moved\n"), ("c.txt", "c\n")];
    life.release("0.2.0", &new);
    let outcome = life.update();
    outcome.exits(0).prints("added     new.txt\nwithheld  b.txt -> sub/b.txt\n");
    let look = "  sub/b.txt: you deleted it, and the template only moved it: it stays away\n";
    assert!(outcome.stderr.contains(look), "{outcome:?}");
    assert_eq!(life.read("new.txt"), "same\n");
    assert!(!life.exists("sub/b.txt"));
}
