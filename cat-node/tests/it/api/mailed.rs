//! A service that mails to a sink, and somebody who follows the links.

use std::collections::BTreeMap;

use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::{Value as Json, json};

use super::{Actor, MASTER_KEY, TestApp};
use crate::smtp_sink::SmtpSink;

/// Where links lead, as the settings say; followed on the service's real address.
pub(crate) const PUBLIC: &str = "http://cats.example/parse";

pub(crate) struct MailedApp {
    pub(crate) app: TestApp,
    pub(crate) sink: SmtpSink,
    browser: Client,
}

/// A page as a browser gets it.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Shown {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn shows(&self, status: u16, heading: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(
            self.text.contains(&format!("<h1>{heading}</h1>")),
            "{self:?}"
        );
    }
}

impl MailedApp {
    pub(crate) async fn start(environment: &[(&str, &str)]) -> Self {
        let sink = SmtpSink::start().await;
        let adapter = sink.adapter();
        Self::start_on(sink, &adapter, environment).await
    }

    /// Mails by this adapter, which leads to the sink.
    pub(crate) async fn start_on(
        sink: SmtpSink,
        adapter: &str,
        environment: &[(&str, &str)],
    ) -> Self {
        let mut all = vec![
            ("PARSE_SERVER_EMAIL_ADAPTER", adapter),
            ("PARSE_SERVER_APP_NAME", "Cats & Co"),
            ("PARSE_PUBLIC_SERVER_URL", PUBLIC),
        ];
        all.extend(environment);
        Self {
            app: TestApp::start_with(&all).await,
            sink,
            browser: Client::builder().redirect(Policy::none()).build().unwrap(),
        }
    }

    pub(crate) async fn sign_up(&self, name: &str) -> super::Reply {
        let email = format!("{name}@cats.example");
        let body = json!({"username": name, "password": "tunafish", "email": email});
        self.app.post(&Actor::anonymous(), "/users", body).await
    }

    pub(crate) async fn log_in(&self, name: &str, password: &str) -> super::Reply {
        let body = json!({"username": name, "password": password});
        self.app.post(&Actor::anonymous(), "/login", body).await
    }

    pub(crate) async fn ask_for_reset(&self, email: Json) -> super::Reply {
        let body = json!({"email": email});
        self.app
            .post(&Actor::anonymous(), "/requestPasswordReset", body)
            .await
    }

    /// The token of a reset that the user asks for.
    pub(crate) async fn reset_token(&self, name: &str) -> String {
        let reply = self
            .ask_for_reset(json!(format!("{name}@cats.example")))
            .await;
        assert_eq!((reply.status, reply.body), (200, json!({})));
        self.sink.next().await.token()
    }

    pub(crate) async fn look_up(&self, name: &str) -> Json {
        let master = Actor::anonymous().with("X-Parse-Master-Key", MASTER_KEY);
        let found = self
            .app
            .find(&master, "_User", json!({"where": {"username": name}}))
            .await;
        found.body["results"][0].clone()
    }

    /// Opens a link of a mail, or a path below the mount path.
    pub(crate) async fn open(&self, link: &str) -> Shown {
        let path = link.strip_prefix(PUBLIC).unwrap_or(link);
        let url = self.app.url(&format!("/parse{path}"));
        shown(self.browser.get(url).send().await.unwrap()).await
    }

    /// Sends a form.
    pub(crate) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        self.submit_with(path, fields, &[]).await
    }

    pub(crate) async fn submit_with(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Shown {
        let mut form = reqwest::Url::parse("http://form").unwrap();
        form.query_pairs_mut().extend_pairs(fields);
        let mut request = self
            .browser
            .post(self.app.url(&format!("/parse{path}")))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form.query().unwrap_or_default().to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        shown(request.send().await.unwrap()).await
    }

    pub(crate) async fn set_password(&self, token: &str, password: &str) -> Shown {
        let fields = [("token", token), ("new_password", password)];
        self.submit("/apps/cats/request_password_reset", &fields)
            .await
    }
}

async fn shown(response: reqwest::Response) -> Shown {
    let headers = response.headers().iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.to_string(), value)
    });
    Shown {
        status: response.status().as_u16(),
        headers: headers.collect(),
        text: response.text().await.unwrap(),
    }
}
