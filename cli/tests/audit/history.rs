//! What happened, for people and for programs.

use serde_json::Value;

use crate::shop::make;

#[test]
fn a_history_is_found_by_whatever_one_has_in_hand() {
    let shop = make();
    let acts = |arguments: &[&str]| -> Vec<String> {
        let found = shop.succeed(&[&["audit", "trace"], arguments].concat());
        let entries = found["entries"].as_array().unwrap().iter();
        entries.map(|entry| entry["act"].as_str().unwrap().to_owned()).collect()
    };
    let document = acts(&["--document", "I40718263"]);
    assert!(document.contains(&"bind".to_owned()) && document.contains(&"release".to_owned()), "{document:?}");
    assert!(acts(&["--lot", "1"]).contains(&"import".to_owned()));
    assert!(!acts(&["--run", "2"]).is_empty());
    let shown = shop.succeed(&["audit", "trace", "--document", "I40718263"]);
    let released = shown["entries"].as_array().unwrap().iter().find(|entry| entry["act"] == "release").unwrap();
    let serial = released["details"]["card"].as_str().unwrap();
    let card = acts(&["--card", serial]);
    assert!(card.len() >= 5 && card.contains(&"lock".to_owned()), "{card:?}");
    let operator = released["operator"].as_str().unwrap();
    assert!(acts(&["--by", operator]).len() > card.len());

    let table = shop.run(&["audit", "trace", "--document", "I40718263"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("release") && table.contains("in_formation → not_issued"), "{table}");
    let nothing = shop.run(&["--json", "audit", "trace", "--document", "I99999999"]);
    assert_eq!(nothing.status.code(), Some(1));
    let nothing: Value = serde_json::from_slice(&nothing.stdout).unwrap();
    assert_eq!(nothing["entries"], serde_json::json!([]));
    let usage = shop.run(&["audit", "trace"]);
    assert_eq!(usage.status.code(), Some(2), "a history of nothing");
}
