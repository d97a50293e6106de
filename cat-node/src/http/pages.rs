//! `/apps/...` below the mount path: the pages that links in mails lead to, and files beside them. A GET is answered
//! with a page, a POST with a redirect to one; programs read the same from `x-parse-page-param-` headers.

use actix_web::guard::{GuardContext, fn_guard};
use actix_web::http::header::HeaderMap;
use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::Refusal;
use super::cors::Cors;
use super::wire_path::WirePath;
use crate::domain::page::Locale;
use crate::node::Node;
use answer::{PageAnswer, into_response};
use form::Form;
use page_files::PageFiles;
use texts::Texts;

mod answer;
mod form;
mod go_to_page;
mod links;
mod page_files;
mod static_file;
mod texts;

const RESEND: &str = "resend_verification_email";
const RESET: &str = "request_password_reset";
const VERIFY: &str = "verify_email";
const CHOOSE: &str = "choose_password";
const LOCALE_HEADER: &str = "x-parse-page-param-locale";

/// The pages cannot be served as the settings want it.
#[derive(Debug, thiserror::Error)]
#[error("parse.pages.{setting} names {path}, which cannot be used")]
pub struct OpenPagesError {
    pub setting: &'static str,
    pub path: String,
    #[source]
    pub cause: std::io::Error,
}

/// What pages are made of.
#[derive(Debug)]
pub struct Pages {
    cors: Cors,
    files: PageFiles,
    texts: Texts,
}

impl Pages {
    pub fn open(node: &Node) -> Result<Self, OpenPagesError> {
        let settings = &node.settings.pages;
        Ok(Self {
            cors: Cors::new(&node.settings),
            files: PageFiles::open(settings.pages_path.as_deref())?,
            texts: Texts::open(settings)?,
        })
    }
}

/// A request for a page.
struct PageRequest<'a> {
    node: &'a Node,
    pages: &'a Pages,
    query: Form,
    form: Form,
    locale: Option<Locale>,
    is_post: bool,
    /// A script asks, which wants no page.
    is_xhr: bool,
}

/// Mounts the pages; to be done before the protocol, which has the paths that are left.
pub fn mount(config: &mut ServiceConfig, node: web::Data<Node>, pages: web::Data<Pages>) {
    let mount = &node.settings.mount_path[1..];
    let endpoint = &node.settings.pages.pages_endpoint;
    let path = format!(
        "/{{mount:(?i:{})}}/{{endpoint:(?i:{})}}/{{path:.+}}",
        regex::escape(mount),
        regex::escape(endpoint)
    );
    let mount_length = node.settings.mount_path.len();
    config.service(
        web::resource(path)
            .guard(fn_guard(move |context| is_page(context, mount_length)))
            .app_data(node)
            .app_data(pages)
            .to(serve),
    );
}

/// Other methods and paths are the protocol's to refuse.
fn is_page(context: &GuardContext<'_>, mount_length: usize) -> bool {
    let head = context.head();
    match head.method.as_str() {
        "GET" | "HEAD" => true,
        "POST" => {
            let path = path(head.uri.path(), mount_length).unwrap_or_default();
            path.len() == 2 && [RESEND, RESET].contains(&path[1].to_ascii_lowercase().as_str())
        }
        _ => false,
    }
}

/// The parts of a path below the pages' own, decoded.
fn path(path: &str, mount_length: usize) -> Result<Vec<String>, Refusal> {
    let mut segments = WirePath::parse(path.get(mount_length..).unwrap_or_default())?.segments;
    segments.remove(0);
    Ok(segments)
}

async fn serve(http: HttpRequest, payload: Payload) -> HttpResponse {
    let node = http
        .app_data::<web::Data<Node>>()
        .expect("mount() puts the node beside the route");
    let pages = http
        .app_data::<web::Data<Pages>>()
        .expect("mount() puts the pages beside the route");
    let answer = handle(node, pages, &http, payload).await;
    let says_why = !node.settings.enable_sanitized_error_response;
    let answer = answer.unwrap_or_else(|refusal| PageAnswer::refusal(&refusal, says_why));
    let mut response = into_response(answer);
    pages.cors.allow(http.headers(), response.headers_mut());
    response
}

async fn handle(
    node: &Node,
    pages: &Pages,
    http: &HttpRequest,
    payload: Payload,
) -> Result<PageAnswer, Refusal> {
    let path = path(http.uri().path(), node.settings.mount_path.len())?;
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let is_post = http.method() == "POST";
    let query = Form::parse(http.query_string().as_bytes());
    let form = if is_post {
        Form::read(http.headers(), payload).await?
    } else {
        Form::default()
    };
    let request = PageRequest {
        node,
        pages,
        locale: locale(&query, &form, http.headers()),
        query,
        form,
        is_post,
        is_xhr: header(http.headers(), "x-requested-with")
            .is_some_and(|value| value.eq_ignore_ascii_case("xmlhttprequest")),
    };
    match path.as_slice() {
        [choose] if choose.eq_ignore_ascii_case(CHOOSE) && !is_post => {
            request.check_app(request.query.one("appId").unwrap_or_default())?;
            links::choose_password(&request).await
        }
        [app, name] => {
            let name = name.to_ascii_lowercase();
            match name.as_str() {
                VERIFY if !is_post => {
                    request.check_app(app)?;
                    links::verify(&request).await
                }
                RESET => {
                    request.check_app(app)?;
                    links::reset(&request).await
                }
                RESEND if is_post => {
                    request.check_app(app)?;
                    links::resend_verification(&request).await
                }
                _ => static_file::serve(&request, &path).await,
            }
        }
        _ => static_file::serve(&request, &path).await,
    }
}

impl PageRequest<'_> {
    fn check_app(&self, application_id: &str) -> Result<(), Refusal> {
        if application_id == self.node.settings.application_id {
            Ok(())
        } else {
            Err(Refusal::unauthorized())
        }
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The first that is given counts, even when it is no locale.
fn locale(query: &Form, form: &Form, headers: &HeaderMap) -> Option<Locale> {
    let given = [
        query.one("locale"),
        form.one("locale"),
        header(headers, LOCALE_HEADER),
    ];
    let given = given.into_iter().flatten().find(|text| !text.is_empty());
    Locale::parse(given?)
}
