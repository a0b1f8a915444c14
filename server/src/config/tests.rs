//! The environment is read whole, and every problem in it is told.

use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Config, Problems> {
    Config::read(&|name| {
        let found = variables.iter().find(|(it, _)| *it == name);
        Ok(found.map(|(_, value)| (*value).to_owned()))
    })
}

#[test]
fn nothing_set_is_a_whole_configuration() {
    let config = read(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
    assert_eq!(config.database, Database::Embedded { bin_dir: None });
    assert!(matches!(config.provider, Provider::Sandbox { .. }));
    assert_eq!((config.hold_minutes, config.n_workers), (30, 8));
}

#[test]
fn keys_alone_mean_the_real_provider() {
    let keys = [("KOMOJU_SECRET_KEY", "sk_live_x"), ("KOMOJU_WEBHOOK_SECRET", "whsec")];
    let config = read(&keys).unwrap();
    let Provider::Komoju { api_url, .. } = config.provider else { panic!("a sandbox") };
    assert_eq!(api_url, "https://komoju.com");
}

#[test]
fn every_problem_is_told_at_once_and_no_value_is_repeated() {
    let problems = read(&[
        ("EVENTPAY_LISTEN", "everywhere"),
        ("DATABASE_URL", "hunter2"),
        ("EVENTPAY_WORKERS", "0"),
        ("KOMOJU_SECRET_KEY", "sk_live_hunter2"),
        ("EVENTPAY_SECRET", "hunter2"),
        ("EVENTPAY_SANDBOX_LISTEN", "0.0.0.0:4242"),
        ("EVENTPAY_PUBLIC_URL", "pay.example.jp"),
    ])
    .unwrap_err();
    assert_eq!(problems.0.len(), 7, "{problems}");
    assert!(!problems.to_string().contains("hunter2"));
}

#[test]
fn a_secret_with_a_comma_could_never_be_a_previous_one() {
    let good = "x".repeat(32);
    assert!(read(&[("EVENTPAY_SECRET", &good)]).is_ok());
    assert!(read(&[("EVENTPAY_SECRET", &format!("{good},y"))]).is_err());
}

#[test]
fn who_speaks_tls_gives_out_no_links_without_it() {
    // Any file will do: what is in it is read later.
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (url, is_fine) in [("http://pay.example.jp", false), ("https://pay.example.jp", true)] {
        let variables =
            [("EVENTPAY_TLS_CERT", file), ("EVENTPAY_TLS_KEY", file), ("EVENTPAY_PUBLIC_URL", url)];
        assert_eq!(read(&variables).is_ok(), is_fine, "{url}");
    }
    assert!(read(&[("EVENTPAY_PUBLIC_URL", "http://pay.example.jp")]).is_ok());
}

#[test]
fn an_empty_variable_counts_as_absent() {
    assert_eq!(read(&[("EVENTPAY_WORKERS", " ")]).unwrap().n_workers, 8);
}

#[test]
fn the_documentation_holds_this_table() {
    let documented = include_str!("../../../docs/configuration.md");
    assert!(documented.contains(&table()), "docs/configuration.md should hold:\n{}", table());
}

#[test]
fn a_bucket_needs_its_key_and_a_key_its_bucket() {
    let key = [("S3_ACCESS_KEY_ID", "id"), ("S3_SECRET_ACCESS_KEY", "hunter2")];
    let whole = [key[0], key[1], ("EVENTPAY_FILES", "s3://papers/of/us/")];
    let Files::Bucket(bucket) = read(&whole).unwrap().files else { panic!("a folder") };
    assert_eq!((bucket.name.as_str(), bucket.prefix.as_str()), ("papers", "of/us"));
    assert_eq!((bucket.endpoint.as_deref(), bucket.region.as_str()), (None, "ap-northeast-1"));
    assert!(!format!("{bucket:?}").contains("hunter2"));
    assert_eq!(read(&[]).unwrap().files, Files::Folder);
    for (broken, n_problems) in [
        (&key[..], 1),
        (&[("EVENTPAY_FILES", "s3://papers")][..], 2),
        (&[key[0], key[1], ("EVENTPAY_FILES", "/srv/files")][..], 1),
    ] {
        assert_eq!(read(broken).unwrap_err().0.len(), n_problems, "{broken:?}");
    }
}
