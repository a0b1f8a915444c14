//! What the REST API says to people: the titles of problems, and the pages around it.

use crate::lang::Lang;

crate::messages! {
    malformed_json: "本文がJSONとして読めません" | "The body is not valid JSON";
    malformed_body: "本文の項目が正しくありません" | "The body does not have the expected fields";
    malformed_query: "URLの指定が正しくありません" | "The query parameters are not valid";
    malformed_key: "Idempotency-Key は表示できる半角100文字以内で指定してください" | "Idempotency-Key must be 1 to 100 printable ASCII characters";
    unauthorized: "有効なAPIキーを Authorization: Bearer で送ってください" | "Send a valid API key as Authorization: Bearer";
    forbidden: "この操作は許可されていません" | "This is not allowed";
    missing_scope: "このAPIキーにはこの操作の権限がありません" | "This API key lacks the scope for this";
    not_found: "見つかりません" | "Not found";
    method_not_allowed: "このURLではこのメソッドを使えません" | "This method is not allowed here";
    unsupported_media_type: "Content-Type: application/json で送ってください" | "Send Content-Type: application/json";
    too_large: "本文が大きすぎます" | "The body is too large";
    invalid: "入力内容に誤りがあります" | "Some fields are not valid";
    not_publishable: "このイベントはまだ公開できません" | "The event cannot be published yet";
    orders_paused: "新しい注文を一時的に停止しています" | "New orders are paused at the moment";
    organizer_suspended: "この主催者の新しい注文は現在受け付けていません" | "New orders for this organizer are not taken at the moment";
    not_on_sale: "このイベントの受付は現在行っていません" | "The event is not on sale";
    not_orderable: "この内容では申し込めません" | "These tickets cannot be ordered like this";
    sold_out: "満席です" | "Sold out";
    refund_exceeds_captured: "返金額がお支払い額の残りを超えています" | "The refund exceeds what is left of the payment";
    not_refundable: "このお支払いは返金できる状態ではありません" | "The payment cannot be refunded in its present state";
    not_cancellable: "このチケットはキャンセルできる状態ではありません" | "The tickets cannot be cancelled in their present state";
    conflict: "いまの状態では実行できません" | "The present state does not allow this";
    key_reused: "この Idempotency-Key は別の内容で使われています" | "This Idempotency-Key was used with another request";
    still_running: "同じ Idempotency-Key の処理がまだ終わっていません" | "The first request with this Idempotency-Key is still running";
    too_many_requests: "回数が多すぎます。Retry-After の秒数だけ待ってください" | "Too many requests; wait as Retry-After says";
    busy: "混み合っています。もう一度お試しください" | "Busy; please try again";
    provider_unavailable: "決済会社につながりません。もう一度お試しください" | "The payment provider cannot be reached; please try again";
    unavailable: "ただいま応答できません。もう一度お試しください" | "Unavailable at the moment; please try again";
    unexpected: "サーバーで問題が起きました" | "Something went wrong on our side";
    docs_title: "EventPay REST API" | "EventPay REST API";
    docs_intro: "JSONのAPIです。APIキーは主催者の設定画面で作成し、Authorization: Bearer で送ります。POSTでは Idempotency-Key を付けると、同じ内容の再送に同じ結果が返ります。" | "A JSON API. Make a key in the organizer’s settings and send it as Authorization: Bearer. With an Idempotency-Key, a POST that is sent again gets the same answer.";
    docs_document: "OpenAPI 3.1 の定義" | "The OpenAPI 3.1 document";
    docs_operations: "操作" | "Operations";
    docs_problems: "エラーの種類" | "Problems";
    docs_problems_intro: "エラーは application/problem+json で返ります。code は変わりません。" | "Failures are application/problem+json. Their codes never change.";
    docs_schemas: "データの形" | "Schemas";
    docs_body: "本文" | "Body";
    docs_parameters: "パラメータ" | "Parameters";
    docs_answers: "応答" | "Answers";
    docs_example: "試す" | "Try it";
    docs_required: "必須" | "required";
    docs_field: "項目" | "Field";
    docs_kind: "型" | "Type";
    docs_meaning: "意味" | "Meaning";
    docs_key_header: "再送を安全にする鍵" | "Makes sending again safe";
    mails_title: "送信メール（開発用）" | "Mails (development)";
    mails_intro: "メールサーバーが設定されていないため、メールは送信されず、ここに表示されます。" | "No mail server is configured: mails are not sent but shown here.";
    mails_none: "まだメールはありません。" | "There are no mails yet.";
    mails_to: "宛先" | "To";
    mails_at: "日時" | "At";
    mails_subject: "件名" | "Subject";
    mails_as_html: "HTML" | "HTML";
    mails_as_text: "テキスト" | "Text";
    mails_back: "一覧へ" | "All mails";
}

/// Which scope is missing.
pub fn missing_scope_detail(scope: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("権限 {scope} が必要です"),
        Lang::En => format!("The scope {scope} is needed"),
    }
}
