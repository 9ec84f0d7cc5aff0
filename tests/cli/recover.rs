//! A database that was restored from a backup: what was revoked since is lost, and nobody comes back by that.

use std::fs;
use std::path::Path;

use crate::place::Place;
use crate::signed_in::{ALICE, SignedIn};

/// All files of a folder, as they are.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in fs::read_dir(to).expect("a folder") {
        fs::remove_file(file.expect("a file").path()).expect("it was there");
    }
    for file in fs::read_dir(from).expect("a folder") {
        let file = file.expect("a file");
        fs::copy(file.path(), to.join(file.file_name())).expect("a copy");
    }
}

/// A place whose database was restored to a moment before a logout, and somebody who was logged out.
fn restored() -> (Place, SignedIn, SignedIn) {
    let place = Place::new();
    let (data, backup) = (place.path("data"), place.path("backup"));
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    let before = SignedIn::at(&server, "default");
    server.stop();
    copy(&data, &backup);
    let server = place.serve(&[]);
    assert_eq!(server.log_out(&before.access), 1);
    let after = SignedIn::at(&server, "default");
    server.stop();
    copy(&backup, &data);
    (place, before, after)
}

#[test]
fn nobody_comes_back_by_a_restore() {
    let (place, before, after) = restored();
    let told = place.run(&["recover"]).succeeded();
    assert!(told.contains("everybody is signed out"), "{told}");
    assert!(told.contains("suspend and delete again"), "{told}");
    let server = place.serve(&[]);
    for who in [&before, &after] {
        server.assert_dead(&who.access, "REVOKED");
        assert!(!who.refresh_code(&server).is_empty(), "it was refreshed");
    }
    let new = SignedIn::at(&server, "default");
    server.assert_live(&new.access, ALICE);
    server.assert_live(&new.refreshed(&server).access, ALICE);
    assert_eq!(server.log_out(&new.access), 1);
    server.assert_dead(&new.access, "LOGGED_OUT");
}

#[test]
fn it_is_done_again_without_harm() {
    let (place, before, _) = restored();
    for _ in 0..2 {
        place.run(&["recover"]).succeeded();
    }
    let server = place.serve(&[]);
    server.assert_dead(&before.access, "REVOKED");
    server.assert_live(&server.log_in(ALICE), ALICE);
}

#[test]
fn in_a_wrong_folder_nothing_is_recovered() {
    let place = Place::new();
    let told = place.run(&["recover"]).failed();
    assert!(told.contains("nothing to recover"), "{told}");
    assert!(told.contains("`data.directory`"), "{told}");
}

#[test]
fn while_a_server_runs_nothing_is_recovered() {
    let place = Place::new();
    let server = place.serve(&[]);
    server.sign_up(ALICE);
    let alice = server.log_in(ALICE);
    let told = place.run(&["recover"]).failed();
    assert!(told.contains("stop all of them"), "{told}");
    server.assert_live(&alice, ALICE);
    // One that died without giving its lease back is no server that runs.
    server.kill();
    place.run(&["recover"]).succeeded();
    let server = place.serve(&[]);
    server.assert_dead(&alice, "REVOKED");
}
