//! The page that shows the API, written from its document: no scripts, nothing from elsewhere.

use app::ssr::lang_of_headers;
use std::fmt::Write as _;

use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, header};
use serde_json::Value;
use words::api as texts;
use words::lang::Lang;

use crate::failure::{escape, style_link};
use crate::routes::api::document::document;
use crate::routes::api::problem::Code;
use crate::state::AppState;

const STYLE: &str = include_str!("docs.css");

/// `/api/docs`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/docs", get(show))
        .route("/api/docs.css", get(async || ([(header::CONTENT_TYPE, "text/css")], STYLE)))
}

async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let lang = lang_of_headers(&headers);
    let page = page(&document(), lang, &state.public_url, &state.assets.css);
    ([(header::VARY, "accept-language, cookie")], Html(page)).into_response()
}

fn page(document: &Value, lang: Lang, url: &str, css: &str) -> String {
    let mut body = String::new();
    let title = texts::docs_title(lang);
    // Writing into a string cannot fail.
    let _ = write!(
        body,
        "<h1>{title}</h1><p>{}</p><p><a href=\"/api/openapi.json\">{}</a></p><h2>{}</h2>",
        texts::docs_intro(lang),
        texts::docs_document(lang),
        texts::docs_operations(lang)
    );
    for (path, operations) in fields(document, "/paths") {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            body.push_str(&operation_section(document, (method, path), operation, lang, url));
        }
    }
    let _ = write!(
        body,
        "<h2>{}</h2><p>{}</p><dl>",
        texts::docs_problems(lang),
        texts::docs_problems_intro(lang)
    );
    for code in Code::ALL {
        let status = code.status().as_u16();
        let _ = write!(
            body,
            "<dt id=\"problem-{code}\"><code>{code}</code> <span class=\"api-status\">{status}</span></dt><dd>{}</dd>",
            code.title(lang)
        );
    }
    let _ = write!(body, "</dl><h2>{}</h2>", texts::docs_schemas(lang));
    for (name, schema) in fields(document, "/components/schemas") {
        let _ = write!(
            body,
            "<section id=\"schema-{0}\"><h3>{0}</h3>{1}</section>",
            escape(name),
            schema_table(schema, lang)
        );
    }
    let (code, style) = (lang.code(), style_link(css));
    format!(
        "<!DOCTYPE html><html lang=\"{code}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>{style}\
         <link rel=\"stylesheet\" href=\"/api/docs.css\"></head><body class=\"api\"><main>{body}</main></body></html>"
    )
}

fn operation_section(
    document: &Value,
    (method, path): (&str, &str),
    operation: &Value,
    lang: Lang,
    url: &str,
) -> String {
    let mut section = String::new();
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
    let summary = operation.get("summary").and_then(Value::as_str).unwrap_or_default();
    let _ = write!(
        section,
        "<section id=\"{}\"><h3><span class=\"api-method\">{}</span> <code>{}</code></h3><p>{}</p>",
        escape(id),
        method.to_uppercase(),
        escape(path),
        escape(summary)
    );
    let parameters = operation.get("parameters").and_then(Value::as_array);
    if let Some(parameters) = parameters.filter(|it| !it.is_empty()) {
        let _ = write!(section, "<h4>{}</h4><ul>", texts::docs_parameters(lang));
        for parameter in parameters {
            let text = |name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or_default();
            let meaning = match text("name") {
                "Idempotency-Key" => texts::docs_key_header(lang),
                _ => text("description"),
            };
            let _ = write!(
                section,
                "<li><code>{}</code> ({}) {}</li>",
                escape(text("name")),
                escape(text("in")),
                escape(meaning)
            );
        }
        section.push_str("</ul>");
    }
    let body = operation.pointer("/requestBody/content/application~1json/schema");
    if let Some(schema) = body {
        let _ = write!(section, "<h4>{}</h4><p>{}</p>", texts::docs_body(lang), kind(schema));
    }
    let _ = write!(section, "<h4>{}</h4><ul>", texts::docs_answers(lang));
    for (status, answer) in fields(operation, "/responses") {
        let schema = answer.pointer("/content/application~1json/schema").map(kind);
        let said = if answer.pointer("/content/application~1problem+json").is_some() {
            problem_links(answer)
        } else {
            schema.unwrap_or_default()
        };
        let _ = write!(section, "<li><code>{}</code> {said}</li>", escape(status));
    }
    let example = curl(document, (method, path), body, url);
    let _ = write!(
        section,
        "</ul><h4>{}</h4><pre tabindex=\"0\"><code>{}</code></pre></section>",
        texts::docs_example(lang),
        escape(&example)
    );
    section
}

/// The codes of a refusal, each leading to its description.
fn problem_links(answer: &Value) -> String {
    let codes = answer.get("description").and_then(Value::as_str).unwrap_or_default();
    let link = |code: &str| format!("<a href=\"#problem-{0}\">{0}</a>", escape(code));
    codes.split(", ").map(link).collect::<Vec<_>>().join(", ")
}

/// A call to copy into a terminal.
fn curl(document: &Value, (method, path): (&str, &str), body: Option<&Value>, url: &str) -> String {
    let mut call = format!("curl {url}{path} \\\n  -H \"Authorization: Bearer $EVENTPAY_KEY\"");
    if method == "post" {
        call.push_str(" \\\n  -H \"Idempotency-Key: $(uuidgen)\"");
        match body {
            Some(schema) => {
                let example = example(document, schema);
                let _ =
                    write!(call, " \\\n  -H 'Content-Type: application/json' \\\n  -d '{example}'");
            }
            None => call.push_str(" \\\n  -X POST"),
        }
    }
    call
}

/// A value of the schema: its example, or one made of its required fields.
fn example(document: &Value, schema: &Value) -> Value {
    let schema = resolve(document, schema);
    if let Some(example) = schema.get("example").or_else(|| schema.pointer("/examples/0")) {
        return example.clone();
    }
    if let Some(items) = schema.get("items") {
        return Value::Array(vec![example(document, items)]);
    }
    let required = schema.get("required").and_then(Value::as_array);
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return Value::String("…".to_owned());
    };
    let is_required =
        |name: &str| required.is_some_and(|it| it.iter().any(|it| it.as_str() == Some(name)));
    let wanted = properties.iter().filter(|(name, _)| is_required(name));
    Value::Object(wanted.map(|(name, it)| (name.clone(), example(document, it))).collect())
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix('#'));
    pointer.and_then(|it| document.pointer(it)).unwrap_or(schema)
}

fn fields<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let object = value.pointer(pointer).and_then(Value::as_object);
    object.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// What a value is, in a word or a link.
fn kind(schema: &Value) -> String {
    if let Some(name) =
        schema.get("$ref").and_then(Value::as_str).and_then(|it| it.rsplit('/').next())
    {
        let name = escape(name);
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    if let Some(items) = schema.get("items") {
        return format!("[{}]", kind(items));
    }
    match schema.get("type") {
        Some(Value::String(kind)) => escape(kind),
        Some(Value::Array(kinds)) => {
            let kinds = kinds.iter().filter_map(Value::as_str);
            escape(&kinds.collect::<Vec<_>>().join(" | "))
        }
        _ => schema
            .get("oneOf")
            .and_then(Value::as_array)
            .map(|kinds| kinds.iter().map(kind).collect::<Vec<_>>().join(" | "))
            .unwrap_or_default(),
    }
}

fn schema_table(schema: &Value, lang: Lang) -> String {
    let text = |value: &Value| value.get("description").and_then(Value::as_str).map(escape);
    let mut table = format!(
        "<p>{}</p><table><thead><tr><th>{}</th><th>{}</th><th>{}</th></tr></thead><tbody>",
        text(schema).unwrap_or_default(),
        texts::docs_field(lang),
        texts::docs_kind(lang),
        texts::docs_meaning(lang)
    );
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|it| it.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    for (name, field) in fields(schema, "/properties") {
        let mark = if required.contains(&name) { texts::docs_required(lang) } else { "" };
        let meaning = text(field).unwrap_or_default();
        let _ = write!(
            table,
            "<tr><td><code>{}</code></td><td>{}</td><td>{meaning} <small>{mark}</small></td></tr>",
            escape(name),
            kind(field)
        );
    }
    table.push_str("</tbody></table>");
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_operation_in_both_languages() {
        let document = document();
        let operations = fields(&document, "/paths").filter_map(|(_, it)| it.as_object());
        let n_operations: usize = operations.map(serde_json::Map::len).sum();
        assert!(n_operations > 10, "{n_operations}");
        for lang in Lang::ALL {
            let page = page(&document, lang, "https://pay.example.jp", "");
            assert_eq!(page.matches("class=\"api-method\"").count(), n_operations);
            assert!(page.contains("id=\"problem-sold_out\""));
            assert!(!page.contains("<script"));
        }
    }

    #[test]
    fn an_example_holds_what_is_required() {
        let document = document();
        let schema = document.pointer("/components/schemas/CreateOrder").unwrap();
        let example = example(&document, schema);
        assert_eq!(
            example.pointer("/buyer/email").and_then(Value::as_str),
            Some("hanako@example.com")
        );
        assert_eq!(example.pointer("/tickets/0/quantity"), Some(&Value::from(2)));
    }
}
