//! A provider on a free port: it answers what a test tells it to, and remembers what it was asked.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use parking_lot::Mutex;
use serde_json::{Value as Json, json};

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

#[derive(Debug, Default)]
struct State {
    answers: HashMap<String, (u16, String)>,
    redirects: HashMap<String, String>,
    asked: Vec<Asked>,
}

/// A running provider.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
    handle: actix_web::dev::ServerHandle,
}

impl Provider {
    pub(crate) fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = web::Data::from(Arc::clone(&state));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .default_service(web::to(serve))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { url, state, handle }
    }

    pub(crate) fn answer(&self, path: &str, json: &Json) {
        self.answer_with(path, 200, &json.to_string());
    }

    pub(crate) fn answer_with(&self, path: &str, status: u16, text: &str) {
        let answer = (status, text.to_owned());
        self.state.lock().answers.insert(path.to_owned(), answer);
    }

    pub(crate) fn redirect(&self, path: &str, to: &str) {
        self.state
            .lock()
            .redirects
            .insert(path.to_owned(), to.to_owned());
    }

    pub(crate) fn asked(&self, path: &str) -> Vec<Asked> {
        let asked = self.state.lock().asked.clone();
        asked
            .into_iter()
            .filter(|asked| asked.path == path)
            .collect()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

async fn serve(request: HttpRequest, body: String, state: web::Data<Mutex<State>>) -> HttpResponse {
    let headers = request.headers().iter();
    let headers = headers
        .map(|(name, value)| {
            (
                name.to_string(),
                value.to_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    let path = request.path().to_owned();
    let mut state = state.lock();
    state.asked.push(Asked {
        method: request.method().to_string(),
        path: path.clone(),
        query: request.query_string().to_owned(),
        headers,
        body,
    });
    if let Some(to) = state.redirects.get(&path) {
        return HttpResponse::Found()
            .insert_header(("location", to.as_str()))
            .finish();
    }
    match state.answers.get(&path) {
        Some((status, text)) => HttpResponse::build(StatusCode::from_u16(*status).unwrap())
            .content_type("application/json")
            .body(text.clone()),
        None => HttpResponse::NotFound().finish(),
    }
}

/// A key pair that signs tokens.
pub(crate) struct Signer {
    pub(crate) name: String,
    algorithm: Algorithm,
    key: EncodingKey,
}

impl Signer {
    /// RSA, as most providers have it.
    pub(crate) fn rsa(name: &str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = pair.as_der().unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der.as_ref())
        );
        Self {
            name: name.to_owned(),
            algorithm: Algorithm::RS256,
            key: EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(),
        }
    }

    /// An elliptic curve (P-256).
    pub(crate) fn elliptic(name: &str) -> Self {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
        let random = aws_lc_rs::rand::SystemRandom::new();
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Self {
            name: name.to_owned(),
            algorithm: Algorithm::ES256,
            key: EncodingKey::from_ec_der(pkcs8.as_ref()),
        }
    }

    pub(crate) fn jwk(&self) -> Json {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.name.clone());
        serde_json::to_value(jwk).unwrap()
    }

    pub(crate) fn key_set(&self) -> Json {
        // A key of a kind that nobody knows must not spoil the others.
        json!({"keys": [{"kty": "XYZ", "kid": "odd"}, self.jwk()]})
    }

    pub(crate) fn sign(&self, claims: &Json) -> String {
        let header = Header {
            kid: Some(self.name.clone()),
            ..Header::new(self.algorithm)
        };
        encode(&header, claims, &self.key).unwrap()
    }
}

/// A token put together by hand: nobody has to have signed it.
pub(crate) fn forged(header: &Json, claims: &Json, signature: &str) -> String {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}
