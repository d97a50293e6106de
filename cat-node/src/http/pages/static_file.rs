//! Files beside the pages: HTML with its placeholders filled in, everything else as it is.

use super::PageRequest;
use super::answer::{HTML, PageAnswer};
use super::go_to_page::{content, with_params};
use crate::domain::page::PageParams;
use crate::http::answer::Refusal;

pub(super) async fn serve(request: &PageRequest<'_>, path: &[&str]) -> Result<PageAnswer, Refusal> {
    let path = path.join("/");
    if !path.ends_with(".html") {
        let file = request.pages.files.read(&path).await;
        return Ok(file.map_or_else(PageAnswer::not_found, |file| {
            PageAnswer::content(content_type(&path), file)
        }));
    }
    let settings = &request.node.settings;
    let mut params = PageParams::default();
    if request.query.one("appId") == Some(&settings.application_id) {
        params = params
            .with("appId", Some(&settings.application_id))
            .with("appName", settings.app_name.as_deref())
            .with("publicServerUrl", settings.public_server_url.as_deref());
    }
    let locale = request.locale.as_ref().map(|locale| locale.as_str());
    let params = params.with("locale", locale);
    let answer = content(request, &path, &params).await;
    Ok(with_params(request, answer, params))
}

/// By the ending; browsers are told not to guess.
fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => HTML,
    }
}
