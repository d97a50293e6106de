//! Answers with a page, or with a redirect to it: in the reader's language, or at an address of the operator.

use reqwest::Url;

use super::PageRequest;
use super::answer::{HTML, PageAnswer};
use crate::config::parse::pages::CustomUrls;
use crate::domain::page::{Page, PageParams};
use crate::domain::placeholders::{Escape, fill};

/// How a page is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Content for a GET, a redirect for a POST, so that a reload posts nothing again.
    Method,
    Content,
}

pub(super) async fn go_to_page(
    request: &PageRequest<'_>,
    page: Page,
    mut params: PageParams,
    by: By,
) -> PageAnswer {
    let settings = &request.node.settings;
    // Without them, no page can say where it is.
    let (Some(app_name), Some(server)) = (&settings.app_name, &settings.public_server_url) else {
        return PageAnswer::not_found();
    };
    params.set("appId", &settings.application_id);
    params.set("appName", app_name);
    params.set("publicServerUrl", server);
    if let Some(locale) = &request.locale {
        params.set("locale", locale.as_str());
    }
    let redirects = settings.pages.force_redirect || (by == By::Method && request.is_post);
    let answer = match custom_url(&settings.pages.custom_urls, page) {
        Some(url) => redirect(url, &params),
        None => {
            let folder = folder(request, page).await;
            let path = folder.map_or(page.file().to_owned(), |folder| {
                format!("{folder}/{}", page.file())
            });
            if redirects {
                let server = server.trim_end_matches('/');
                let url = format!("{server}/{}/{path}", settings.pages.pages_endpoint);
                match Url::parse(&url) {
                    Ok(url) => redirect(url, &params),
                    Err(_) => PageAnswer::not_found(),
                }
            } else {
                content(request, &path, &params).await
            }
        }
    };
    with_params(request, answer, params)
}

pub(super) fn with_params(
    request: &PageRequest<'_>,
    answer: PageAnswer,
    params: PageParams,
) -> PageAnswer {
    if answer.status == 404 {
        return answer;
    }
    PageAnswer {
        params,
        encodes_params: request.node.settings.pages.encode_page_param_headers,
        ..answer
    }
}

/// A page with its placeholders filled in.
pub(super) async fn content(
    request: &PageRequest<'_>,
    path: &str,
    params: &PageParams,
) -> PageAnswer {
    let Some(template) = request.pages.files.read(path).await else {
        return PageAnswer::not_found();
    };
    let template = String::from_utf8_lossy(&template);
    let mut values = request.pages.texts.values(request.locale.as_ref(), params);
    let endpoint = &request.node.settings.pages.pages_endpoint;
    values
        .entry("pagesEndpoint")
        .or_insert_with(|| endpoint.as_str().into());
    PageAnswer::content(HTML, fill(&template, &values, Escape::Html))
}

/// The folder of the reader's language, when it has the page.
async fn folder<'a>(request: &'a PageRequest<'_>, page: Page) -> Option<&'a str> {
    if !request.node.settings.pages.enable_localization {
        return None;
    }
    let locale = request.locale.as_ref()?;
    for folder in [locale.as_str(), locale.language()] {
        let path = format!("{folder}/{}", page.file());
        if request.pages.files.has(&path).await {
            return Some(folder);
        }
    }
    None
}

fn redirect(mut url: Url, params: &PageParams) -> PageAnswer {
    let own = url.query_pairs().into_owned();
    let kept: Vec<(String, String)> = own
        .filter(|(name, _)| params.iter().all(|(param, _)| param != name))
        .collect();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .extend_pairs(params.iter());
    PageAnswer::redirect(url.into())
}

/// A path is no address of the operator.
fn custom_url(urls: &CustomUrls, page: Page) -> Option<Url> {
    let url = match page {
        Page::PasswordReset => &urls.password_reset,
        Page::PasswordResetSuccess => &urls.password_reset_success,
        Page::PasswordResetLinkInvalid => &urls.password_reset_link_invalid,
        Page::EmailVerificationSuccess => &urls.email_verification_success,
        Page::EmailVerificationSendFail => &urls.email_verification_send_fail,
        Page::EmailVerificationSendSuccess => &urls.email_verification_send_success,
        Page::EmailVerificationLinkInvalid => &urls.email_verification_link_invalid,
    };
    Url::parse(url.as_deref()?).ok()
}
