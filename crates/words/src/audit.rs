//! The audit log in plain words: who did what, what it changed, and from where.

use domain::audit::AuditMatter;

use crate::history;
use crate::lang::Lang;

crate::messages! {
    title: "操作の記録" | "Audit log";
    lead: "お金・権限・イベントの変更が、だれが・いつ・どこから行ったかとともに残ります。書き換えや削除はできません。" | "Every change of money, permissions and events, with who made it, when and from where. Nothing here can be changed or removed.";
    settings_text: "だれが・いつ・何を変えたかを確認できます。" | "See who changed what, and when.";
    open: "記録を見る" | "Open the log";
    filter: "記録をしぼり込む" | "Filter";
    who: "だれが" | "Who";
    what: "なにを" | "What";
    event: "イベント" | "Event";
    from: "この日から" | "From";
    until: "この日まで" | "Until";
    anyone: "すべての人" | "Anyone";
    anything: "すべて" | "Anything";
    any_event: "すべてのイベント" | "Any event";
    apply: "しぼり込む" | "Show";
    csv: "CSVで保存" | "Save as CSV";
    older: "前の記録" | "Older";
    newest: "新しい記録" | "Newest";
    none_title: "記録がありません" | "Nothing here";
    none_text: "条件に合う記録がありません。条件をゆるめてお試しください。" | "No line matches. Try fewer conditions.";
    clear: "条件をなくす" | "Clear the filter";
    origin: "どこから" | "From where";
    request: "リクエスト番号" | "Request number";
    changes: "変更内容" | "Changes";
    was_empty: "（なし）" | "(none)";
    retention: "一定の期間（標準は90日）を過ぎた記録は、改ざんを検出できる形で保管庫に移ります。必要なときは運営者にお問い合わせください。" | "Older lines move to a tamper-evident archive. Ask the operator if you need them.";
}

/// Who is behind a line, without a name.
pub fn actor(kind: &str, lang: Lang) -> &'static str {
    let (ja, en) = match kind {
        "user" => ("メンバー", "Member"),
        "api_key" => ("APIキー", "API key"),
        "buyer" => ("参加者", "Participant"),
        "provider" => ("決済会社", "Payment company"),
        _ => ("自動処理", "By itself"),
    };
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}

/// A matter of the filter.
pub const fn matter(matter: AuditMatter, lang: Lang) -> &'static str {
    let (ja, en) = match matter {
        AuditMatter::Money => ("お金", "Money"),
        AuditMatter::Orders => ("申込み", "Orders"),
        AuditMatter::Events => ("イベント", "Events"),
        AuditMatter::Permissions => ("権限と設定", "Permissions and settings"),
    };
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}

/// What was done, in one line; `buyer` is the name on the order, where it is about one.
pub fn action(action: &str, buyer: &str, lang: Lang) -> String {
    let (ja, en) = match action {
        "event.deleted" => ("下書きを削除しました", "A draft was deleted"),
        "organizer.created" => ("主催者を登録しました", "The organizer was registered"),
        "organizer.changed" => {
            ("主催者のプロフィールを変えました", "The organizer’s profile was changed")
        }
        "api_key.created" => ("APIキーを作りました", "An API key was made"),
        "api_key.revoked" => ("APIキーを無効にしました", "An API key was revoked"),
        "publishable_key.created" => ("埋め込みキーを作りました", "A key for websites was made"),
        "publishable_key.revoked" => {
            ("埋め込みキーを無効にしました", "A key for websites was revoked")
        }
        "webhook_endpoint.created" => ("Webhookの送り先を登録しました", "A webhook was registered"),
        "webhook_endpoint.removed" => ("Webhookの送り先を削除しました", "A webhook was removed"),
        "webhook_endpoint.secret_rotated" => {
            ("Webhookの署名キーを新しくしました", "A webhook’s signing secret was renewed")
        }
        "webhook_endpoint.tested" => {
            ("Webhookのテスト送信をしました", "A test was sent to a webhook")
        }
        "webhook_endpoint.enabled" => {
            ("Webhookの送信を再開しました", "A webhook was switched on again")
        }
        "webhook_endpoint.disabled" => ("Webhookの送信を止めました", "A webhook was switched off"),
        "webhook_delivery.resent" => ("Webhookを再送しました", "A delivery was sent again"),
        "payout.draft" => ("振込を準備しました", "A payout was prepared"),
        "payout.approved" => ("振込を承認しました", "A payout was approved"),
        "payout.submitted" => ("振込を銀行へ送りました", "A payout was sent to the bank"),
        "payout.paid" => ("振込が完了しました", "A payout was paid"),
        "payout.failed" => ("振込ができませんでした", "A payout failed"),
        "payout.returned" => ("振込が戻ってきました", "A payout came back"),
        "payout.cancelled" => ("振込を取り消しました", "A payout was taken back"),
        "payout.model_switched" => {
            ("お金の受け取り方を切り替えました", "The payout model was switched")
        }
        "payout.terms_set" => ("振込の条件を変えました", "The payout schedule was changed"),
        "bank_account.replaced" => ("振込先の口座を登録しました", "The bank account was changed"),
        "fee.rule_set" => ("手数料の規則を変えました", "A fee rule was set"),
        "fee.rule_ended" => ("手数料の規則をやめました", "A fee rule was ended"),
        "event.email_confirmation_set" => (
            "メールアドレスの確認の設定を変えました",
            "Whether addresses are confirmed was changed",
        ),
        "event.fee_bearer_set" => ("手数料の負担を変えました", "Who bears the fees was changed"),
        "receiving_account.saved" => {
            ("振込を受け取る口座を登録しました", "The account for transfers was changed")
        }
        "statement.imported" => ("入出金明細を読み込みました", "A bank statement was read in"),
        "statement_line.dismissed" => {
            ("明細の入金を対象外にしました", "A statement’s line was set aside")
        }
        "statement_proposal.refused" => ("入金の候補を外しました", "A proposed order was refused"),
        "settlement.imported" => {
            ("決済会社の精算を記帳しました", "The provider’s settlement was booked")
        }
        other => match of_people(other).or_else(|| of_orders(other)).or_else(|| of_staff(other)) {
            Some(words) => words,
            None => return history::happening(other, buyer, lang),
        },
    };
    match lang {
        Lang::Ja => ja.to_owned(),
        Lang::En => en.to_owned(),
    }
}

/// What was done about people: how they sign in, and who belongs to an organizer.
fn of_people(action: &str) -> Option<(&'static str, &'static str)> {
    Some(match action {
        "member.added" => ("メンバーを追加しました", "A member was added"),
        "member.removed" => ("メンバーを外しました", "A member was removed"),
        "member.changed" => ("メンバーの権限を変えました", "A member’s role was changed"),
        "member.left" => ("メンバーが抜けました", "A member left"),
        "invitation.created" => ("メンバーを招待しました", "Somebody was invited"),
        "invitation.revoked" => ("招待を取り消しました", "An invitation was taken back"),
        "access.refused" => {
            ("権限のない操作を断りました", "Something was refused for want of a permission")
        }
        "login_link.requested" => ("ログインのメールを頼みました", "A login link was asked for"),
        "login_link.limited" => {
            ("ログインのメールを、多すぎるため断りました", "One login link too many was refused")
        }
        "user.signed_in" => ("ログインしました", "Signed in"),
        "user.first_factor" => ("ログインの一つ目の確認をしました", "Half-way logged in"),
        "user.factors_forgotten" => {
            ("運営が二段階認証をすべて外しました", "Staff took all second factors away")
        }
        "user.sessions_ended" => {
            ("ほかのブラウザーをログアウトしました", "Browsers were signed out")
        }
        "user.profile_changed" => ("自分のプロフィールを変えました", "Changed the own profile"),
        "user.mails_chosen" => ("届くメールを選びました", "Chose which mails come"),
        "user.email_change_asked" => {
            ("メールアドレスの変更を申し込みました", "A change of address was asked for")
        }
        "user.email_change_refused" => {
            ("アドレスの変更が取り消されました", "A change of address was called off")
        }
        "user.email_changed" => ("メールアドレスを変えました", "The address was changed"),
        "order.list_exported" => {
            ("申込みの一覧をCSVで書き出しました", "Took the list of orders out as CSV")
        }
        "user.joined_staff" => ("運営の担当者になりました", "Joined the platform’s staff"),
        "user.left_staff" => ("運営の担当者ではなくなりました", "Left the platform’s staff"),
        "user.data_exported" => ("自分のデータを書き出しました", "Took the own data out"),
        "user.deleted" => ("アカウントを削除しました", "The account was deleted"),
        "user.disabled" => ("運営がアカウントを停止しました", "Staff disabled the account"),
        "user.enabled" => ("運営がアカウントの停止を解きました", "Staff opened the account again"),
        "user.refused_disabled" => {
            ("停止中のアカウントのログインを断りました", "A disabled account was not let in")
        }
        "organizer.retention_set" => {
            ("参加者の個人情報を残す期間を変えました", "How long participants are kept was changed")
        }
        "organizer.closed" => ("団体を閉じました", "The organizer was closed"),
        "user.identity_linked" => ("ログインの方法を追加しました", "A way to log in was added"),
        "user.identity_unlinked" => ("ログインの方法を外しました", "A way to log in was removed"),
        "user.factor_added" => ("二段階認証を設定しました", "A second factor was set up"),
        "user.factor_removed" => ("二段階認証を外しました", "A second factor was removed"),
        "user.factor_used" => ("二段階認証で確認しました", "Confirmed with a second factor"),
        "user.factor_refused" => ("二段階認証に失敗しました", "A second factor was wrong"),
        "user.recovery_codes_renewed" => {
            ("予備コードを作り直しました", "Recovery codes were made anew")
        }
        "organizer.asks_again_set" => {
            ("大事な操作の前の確認を変えました", "When members confirm again was changed")
        }
        "user.signed_out" => ("ログアウトしました", "Signed out"),
        _ => return None,
    })
}

/// What became of orders that looked unusual, and of links.
fn of_orders(action: &str) -> Option<(&'static str, &'static str)> {
    Some(match action {
        "order.address_confirmed" => {
            ("参加者がメールアドレスを確認しました", "The buyer confirmed the address")
        }
        "order.link_sent" => ("申込みページのリンクを送り直しました", "The link was mailed again"),
        "order.link_renewed" => {
            ("申込みページのリンクを新しくしました", "The link was made anew; the old one ended")
        }
        "screening.review" => {
            ("申込みを、お支払いの前に確認待ちにしました", "An order was held back to be looked at")
        }
        "screening.passed" => {
            ("申込みを点検し、そのまま受け付けました", "An order was looked at and went on")
        }
        "screening.blocked" => ("申込みをお止めしました", "An order was blocked"),
        "screening.skipped" => {
            ("申込みを確認できず、そのまま通しました", "An order could not be screened and went on")
        }
        "screening.approved" => ("確認待ちの申込みを通しました", "An order was let through"),
        "screening.denied" => ("確認待ちの申込みを断りました", "An order was denied"),
        "organizer.screening_tuned" => {
            ("不正な申込みへの備えを変えました", "How orders are screened was changed")
        }
        _ => return None,
    })
}

/// What our own staff did.
fn of_staff(action: &str) -> Option<(&'static str, &'static str)> {
    Some(match action {
        "organizer.suspended" => ("主催者を停止しました", "The organizer was suspended"),
        "organizer.in_review" => ("主催者を審査中にしました", "The organizer was put in review"),
        "organizer.active" => ("主催者の利用を認めました", "The organizer was let go on"),
        "visit.begun" => {
            ("運営がこの主催者の画面を見始めました", "Staff began to look at the organizer’s pages")
        }
        "visit.page" => ("運営が画面を開きました", "Staff opened a page"),
        "visit.ended" => {
            ("運営が画面を見るのを終えました", "Staff stopped looking at the organizer’s pages")
        }
        "switch.off" => ("機能を止めました", "Something was switched off"),
        "switch.on" => ("機能を再開しました", "Something was switched on"),
        "job.revived" => ("止まった処理をもう一度試しました", "Jobs that gave up were tried again"),
        "job.given_up" => ("止まった処理をやめました", "Jobs were given up"),
        "webhook_event.replayed" => {
            ("決済会社の通知を処理し直しました", "A provider’s message was processed again")
        }
        _ => return None,
    })
}

/// The name of something that changed.
pub fn field(name: &str, lang: Lang) -> String {
    let (ja, en) = match name {
        "title" => ("イベント名", "Title"),
        "description" => ("説明", "Description"),
        "place_name" => ("会場", "Place"),
        "place_address" => ("住所", "Address"),
        "starts_at" => ("開始", "Starts"),
        "ends_at" => ("終了", "Ends"),
        "time_zone" => ("タイムゾーン", "Time zone"),
        "capacity" => ("定員", "Capacity"),
        "visibility" => ("公開範囲", "Visibility"),
        "methods" => ("支払い方法", "Payment methods"),
        "slug" => ("リンク", "Link"),
        "name" => ("名前", "Name"),
        "price" => ("価格", "Price"),
        "tax_rate" => ("税率", "Tax rate"),
        "quota" => ("席数", "Places"),
        "sales_start_at" => ("販売開始", "Sales begin"),
        "sales_end_at" => ("販売終了", "Sales end"),
        "per_order_min" => ("一度に最小", "Fewest per order"),
        "per_order_max" => ("一度に最大", "Most per order"),
        "kind" => ("種別", "Kind"),
        "display_name" => ("表示名", "Display name"),
        "contact_email" => ("連絡先", "Contact"),
        "amount_minor" | "amount" => ("金額", "Amount"),
        "reason" => ("理由", "Reason"),
        "code" => ("申込番号", "Order code"),
        "order_status" => ("申込みの状態", "Order"),
        "scopes" => ("権限", "Scopes"),
        "role" => ("役割", "Role"),
        "url" => ("送り先", "Address"),
        "cancel_policy" => ("キャンセルのきまり", "Cancel policy"),
        "topics" => ("お知らせの種類", "Events"),
        "retention_days" => ("残す日数", "Days kept"),
        other => return other.replace('_', " "),
    };
    match lang {
        Lang::Ja => ja.to_owned(),
        Lang::En => en.to_owned(),
    }
}

/// The head line of the CSV file.
pub const fn csv_head(lang: Lang) -> [&'static str; 12] {
    match lang {
        Lang::Ja => [
            "日時",
            "だれが",
            "名前",
            "なにを",
            "コード",
            "イベント",
            "申込番号",
            "変更内容",
            "ネットワーク",
            "ブラウザ",
            "リクエスト番号",
            "記録番号",
        ],
        Lang::En => [
            "At", "Who", "Name", "What", "Action", "Event", "Order", "Changes", "Network",
            "Browser", "Request", "Line",
        ],
    }
}
