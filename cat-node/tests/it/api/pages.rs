//! The pages: languages, the operator's own, and what must not happen in them.

use serde_json::json;

use super::mailed::{MailedApp, PUBLIC};

#[tokio::test]
async fn what_a_link_says_is_text_in_the_page() {
    let cats = MailedApp::start(&[]).await;
    let hostile = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E%7B%7BappId%7D%7D";
    let page = cats
        .open(&format!(
            "/apps/choose_password?appId=cats&token={hostile}&username={hostile}"
        ))
        .await;
    page.shows(200, "Choose a new password");
    assert!(
        page.text.contains("&quot;&gt;&lt;script&gt;alert(1)"),
        "{page:?}"
    );
    assert!(!page.text.contains("<script>alert"), "{page:?}");
    assert!(
        page.text.contains("{{appId}}"),
        "values are no templates: {page:?}"
    );
    let page = cats
        .set_password("<script>alert(1)</script>", "salmon")
        .await;
    assert!(!page.text.contains("<script>alert"), "{page:?}");
    let split = cats
        .open("/apps/choose_password?appId=cats&token=a%0d%0aSet-Cookie:%20x=1")
        .await;
    assert_eq!(split.header("x-parse-page-param-token"), "aSet-Cookie: x=1");
    assert_eq!(split.header("set-cookie"), "");
}

#[tokio::test]
async fn posts_are_answered_with_redirects() {
    let cats = MailedApp::start(&[]).await;
    let page = cats
        .submit("/apps/cats/request_password_reset", &[("token", "x")])
        .await;
    assert_eq!(page.status, 303);
    assert_eq!(
        page.header("location"),
        "http://cats.example/parse/apps/password_reset_link_invalid.html?appId=cats&appName=Cats+%26+Co&publicServerUrl=http%3A%2F%2Fcats.example%2Fparse"
    );
    assert_eq!(page.header("x-parse-page-param-publicserverurl"), PUBLIC);
    cats.open(page.header("location"))
        .await
        .shows(200, "This link does not work");
    let other = cats.open("/apps/dogs/request_password_reset?token=x").await;
    assert_eq!(
        (other.status, other.text.as_str()),
        (403, r#"{"error":"unauthorized"}"#)
    );
}

#[tokio::test]
async fn pages_speak_the_readers_language() {
    let cats = MailedApp::start(&[("PARSE_SERVER_PAGES_ENABLE_LOCALIZATION", "true")]).await;
    let path = |locale: &str| format!("/apps/cats/verify_email?token=x&locale={locale}");
    for locale in ["de", "de-AT", "de-CH"] {
        cats.open(&path(locale))
            .await
            .shows(200, "Dieser Link funktioniert nicht");
    }
    for locale in ["fr", "..", "..%2Fde", "de%00", ""] {
        cats.open(&path(locale))
            .await
            .shows(200, "This link does not work");
    }
    let form = [("token", "x"), ("locale", "de-AT")];
    let page = cats
        .submit("/apps/cats/request_password_reset", &form)
        .await;
    assert!(
        page.header("location")
            .contains("/apps/de-AT/password_reset_link_invalid.html?"),
        "{page:?}"
    );
    cats.open(page.header("location"))
        .await
        .shows(200, "Dieser Link funktioniert nicht");
}

#[tokio::test]
async fn operators_bring_their_own_pages_and_texts() {
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("pages");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(outside.path().join("secret.html"), "secret").unwrap();
    std::fs::write(outside.path().join("secret.json"), "secret").unwrap();
    let page = "<h1>{{title}} {{more}}</h1>{{appName}} {{&appName}} {{locale}}";
    std::fs::write(folder.join("email_verification_link_invalid.html"), page).unwrap();
    std::os::unix::fs::symlink("../secret.html", folder.join("link.html")).unwrap();
    std::fs::write(folder.join("style.css"), "h1 { color: red }").unwrap();
    let texts = outside.path().join("texts.json");
    let all =
        json!({"en": {"translation": {"title": "Hm"}}, "de": {"translation": {"title": "Tja"}}});
    std::fs::write(&texts, all.to_string()).unwrap();
    let cats = MailedApp::start(&[
        ("PARSE_SERVER_PAGES_ENABLE_LOCALIZATION", "true"),
        ("PARSE_SERVER_PAGES_PAGES_PATH", folder.to_str().unwrap()),
        (
            "PARSE_SERVER_PAGES_LOCALIZATION_JSON_PATH",
            texts.to_str().unwrap(),
        ),
        ("PARSE_SERVER_PAGES_PLACEHOLDERS", r#"{"more": "<more>"}"#),
    ])
    .await;
    let page = cats.open("/apps/cats/verify_email?locale=de-CH").await;
    page.shows(200, "Tja &lt;more&gt;");
    assert!(
        page.text.ends_with("Cats &amp; Co Cats & Co de-CH"),
        "{page:?}"
    );
    let style = cats.open("/apps/style.css").await;
    assert_eq!(
        (style.status, style.header("content-type")),
        (200, "text/css; charset=utf-8")
    );
    for path in [
        "/apps/..%2fsecret.html",
        "/apps/%2e%2e/secret.html",
        "/apps/x/..%2f..%2fsecret.html",
        "/apps/..%2fsecret.json",
        "/apps/..%5csecret.json",
        "/apps/%2fetc%2fpasswd",
        "/apps/link.html",
        "/apps/none.html",
    ] {
        let page = cats.open(path).await;
        assert!(page.status == 404 || page.status == 403, "{path}: {page:?}");
        assert!(!page.text.contains("secret"), "{path}: {page:?}");
    }
}

#[tokio::test]
async fn operators_send_readers_elsewhere() {
    let urls = json!({"emailVerificationLinkInvalid": "https://www.cats.example/no?a=1&appId=x"})
        .to_string();
    let cats = MailedApp::start(&[
        ("PARSE_SERVER_PAGES_FORCE_REDIRECT", "true"),
        ("PARSE_SERVER_PAGES_CUSTOM_URLS", &urls),
        ("PARSE_SERVER_PAGES_ENCODE_PAGE_PARAM_HEADERS", "true"),
    ])
    .await;
    let page = cats.open("/apps/cats/verify_email").await;
    assert_eq!(page.status, 303);
    assert_eq!(
        page.header("location"),
        "https://www.cats.example/no?a=1&appId=cats&appName=Cats+%26+Co&publicServerUrl=http%3A%2F%2Fcats.example%2Fparse"
    );
    assert_eq!(page.header("x-parse-page-param-appname"), "Cats%20%26%20Co");
    let page = cats.open("/apps/choose_password?appId=cats&token=x").await;
    assert_eq!(page.status, 303);
    assert!(
        page.header("location")
            .contains("/apps/password_reset.html?appId=cats&appName=Cats+%26+Co&token=x"),
        "{page:?}"
    );
}

#[tokio::test]
async fn forms_have_a_bound() {
    let cats = MailedApp::start(&[]).await;
    let long = "x".repeat(200 * 1024);
    let page = cats.set_password(&long, "salmon").await;
    assert_eq!(page.status, 413);
}
