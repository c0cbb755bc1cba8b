//! `sigillo vectors replay`: the published vectors pass, a copy with one altered case does not.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod workshop;

use std::path::Path;

use workshop::{Workshop, repository};

#[test]
fn published_vectors_pass_and_an_altered_one_is_named() {
    let shop = Workshop::new();
    let result = shop.succeed(&["vectors", "replay", repository("test-vectors").to_str().unwrap()]);
    assert!(result["passed"].as_u64().unwrap() > 900 && result["failed"] == 0, "{result}");

    let copy = shop.path().join("vectors");
    copy_suite("channel/bac.json", &copy, |text| {
        text.replacen("ab94fdecf2674fdfb9b391f85d7f76f2", "ab94fdecf2674fdfb9b391f85d7f76f3", 1)
    });
    let output = shop.run(&["--json", "vectors", "replay", copy.to_str().unwrap()]);
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &result["failed"]), (Some(1), &1.into()));
    assert!(result["failures"][0]["id"].as_str().unwrap().starts_with("bac/"), "{result}");
}

#[test]
fn an_empty_folder_is_no_success() {
    let shop = Workshop::new();
    assert_eq!(shop.run(&["vectors", "replay", shop.path().to_str().unwrap()]).status.code(), Some(1));
}

fn copy_suite(suite: &str, to: &Path, alter: impl FnOnce(String) -> String) {
    let text = std::fs::read_to_string(repository("test-vectors").join(suite)).unwrap();
    let altered = alter(text.clone());
    assert_ne!(altered, text, "the value that is altered stands in {suite}");
    let path = to.join(suite);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, altered).unwrap();
}
