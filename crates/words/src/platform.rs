//! What our own staff reads: how the platform stands, jobs that gave up, organizers, users.

use domain::account::AccountState;
use domain::standing::Standing;
use domain::switch::Switch;
use domain::upkeep::{Health, Upkeep, Urgency};

use crate::lang::Lang;
use crate::status::{self, StatusWord, Tone};

crate::messages! {
    brand: "EventPay 管理" | "EventPay staff";
    nav: "管理メニュー" | "Staff menu";
    to_organizer: "主催者の画面へ" | "To the organizer’s pages";
    overview: "いまの状況" | "Overview";
    jobs: "処理" | "Jobs";
    organizers: "主催者" | "Organizers";
    users: "ユーザー" | "Users";
    alerts: "お知らせ" | "Alerts";
    whose_alerts: "だれのお知らせか" | "Whose alerts";
    audit: "記録" | "Audit";
    payouts: "振込" | "Payouts";

    overview_lead: "いま人の手が要ることと、しくみ全体の動き" | "What needs somebody, and how the machinery is doing";
    needs_title: "いま必要なこと" | "Needs somebody";
    needs_none: "いま必要なことはありません" | "Nothing needs anybody";
    needs_none_text: "お知らせ・処理・決済会社・夜間点検に問題は見つかっていません。" | "No alert, no job, no provider and no nightly check asks for you.";
    see: "見る" | "Open";
    as_of: "時点" | "As of";
    machinery: "しくみの動き" | "Machinery";
    provider: "決済会社" | "Payment provider";
    last_answer: "最後の応答" | "Last answer";
    last_silence: "応答のなかった最後の問い合わせ" | "Last asked in vain";
    unanswered: "応答待ちの支払い" | "Payments without an answer";
    last_webhook: "最後の通知" | "Last message";
    last_acted: "最後に処理した通知" | "Last message acted on";
    last_settlement: "最後の精算" | "Last paid out to us";
    mail: "メール" | "Mail";
    last_mail: "最後に送ったメール" | "Last mail sent";
    last_failed_mail: "最後に送れなかったメール" | "Last mail that could not be sent";
    last_capture: "最後の入金" | "Last money in";
    never: "まだありません" | "None yet";
    waiting_webhooks: "未処理の通知" | "Messages waiting";
    late_mails: "遅れているメール" | "Late mails";
    checks: "夜間点検" | "Nightly check";
    checks_none: "まだ行われていません" | "It did not run yet";
    check_fine: "問題なし" | "Adds up";
    queue_title: "処理の待ち" | "Work in the queue";
    queue_empty: "待っている処理はありません" | "Nothing waits";
    kind: "種類" | "Kind";
    ready: "待ち" | "Ready";
    running: "処理中" | "Running";
    later: "予定" | "Later";
    dead: "停止" | "Gave up";
    lag: "最も長い待ち" | "Longest wait";

    jobs_title: "止まった処理" | "Jobs that gave up";
    jobs_lead: "何度か試しても終わらなかった処理です。理由を確かめて、もう一度試すか、やめるかを決めます。" | "Work that failed at every attempt. See why, then try it again or give it up.";
    jobs_none: "止まった処理はありません" | "No job gave up";
    jobs_none_text: "すべての処理が動いています。" | "All work is moving.";
    every_kind: "すべて" | "Every kind";
    why: "止まった理由" | "Why";
    what_it_is: "内容" | "What";
    no_error: "理由は残っていません" | "No reason was kept";
    since: "止まった日時" | "Since";
    attempts: "試した回数" | "Attempts";
    try_again: "もう一度試す" | "Try again";
    try_all: "すべてもう一度試す" | "Try all again";
    give_up: "やめる" | "Give up";
    give_up_all: "すべてやめる" | "Give all up";
    give_up_why: "この処理は行われなくなります。内容と理由は記録に残ります。" | "It will not be done. What it was, and why, stays in the audit log.";
    reason: "理由" | "Reason";
    reason_needed: "理由を一行で入力してください" | "Please give a reason, in one line";
    done_none: "対象の処理はもうないか、同じ処理がすでに待っています" | "There is no such job any more, or the same work waits already";

    organizers_lead: "主催者を探し、確認し、必要なときは止めます。" | "Find organizers, look at them, and suspend them when you must.";
    search: "探す" | "Search";
    organizer_search: "名前・連絡先・メンバー・イベント・ID" | "Name, contact, member, event or id";
    user_search: "メールアドレスかID" | "Address or id";
    none_found: "見つかりません" | "Nobody found";
    none_found_text: "条件を変えてお試しください。" | "Try another search.";
    every_standing: "すべて" | "All";
    next_page: "次へ" | "Next";
    first_page: "最初へ" | "First page";
    members: "メンバー" | "Members";
    events: "イベント" | "Events";
    open_alerts: "未解決のお知らせ" | "Open alerts";
    created: "登録日" | "Since";
    kind_of_organizer: "種別" | "Kind";
    contact: "連絡先" | "Contact";
    registration_number: "登録番号" | "Registration number";
    model: "お金の受け取り方" | "Payout model";
    reviewed: "審査済みの日時" | "Reviewed";
    not_reviewed: "まだ審査していません" | "Not reviewed yet";
    balances: "残高（帳簿）" | "Balances by the ledger";
    balances_none: "帳簿にまだ何もありません" | "Nothing is booked yet";
    balance_note: "帳簿の合計です。プラスは借方、マイナスは貸方（主催者や参加者に支払うべき額など）です。" | "Sums of the ledger: debits are positive, credits (what we owe) are negative.";
    last_payouts: "最近の振込" | "Latest payouts";
    payouts_none: "振込はまだありません" | "No payout yet";
    keys: "APIキー" | "API keys";
    keys_none: "使えるキーはありません" | "No key is open";
    websites: "埋め込み先のサイト" | "Websites that show its events";
    websites_none: "登録されたサイトはありません" | "No website was added";
    last_used: "最後に使われた日時" | "Last used";
    never_used: "使われていません" | "Never used";
    events_none: "イベントはまだありません" | "No event yet";
    paid_orders: "支払い済み" | "Paid orders";
    alerts_none: "未解決のお知らせはありません" | "No alert is open";
    standing: "状態" | "Standing";
    standing_change: "状態を変える" | "Change the standing";
    standing_text: "停止すると新しいお申込みと振込が止まります。これまでのお申込み・チケット・返金・キャンセルは続きます。理由は主催者のメンバーにも表示されます。" | "A suspended organizer takes no new orders and gets no payouts. Orders, tickets, refunds and cancelling go on. Its members read the reason too.";
    suspend: "停止する" | "Suspend";
    ask_review: "審査中にする" | "Put in review";
    let_go_on: "利用を再開する" | "Let it go on";
    pass_review: "審査を終えて振込を認める" | "Pass the review";
    standing_done: "状態を変えました" | "The standing is changed";
    see_audit: "この主催者の記録" | "Its audit log";

    switches: "スイッチ" | "Switches";
    switches_lead: "すべての主催者に、すぐに効きます。お支払い済みのお申込み・チケット・返金は止まりません。お支払い方法を止めると、その方法ではこれから支払えなくなります。" | "They count for everybody, at once. What was paid, tickets and refunds go on. What waits to be paid cannot be paid by a way that is off.";
    switch_off: "止める" | "Switch off";
    switch_on: "再開する" | "Switch on";
    switched: "切り替えました" | "Switched";

    users_lead: "ログインする人と、所属する主催者" | "People who log in, and what they belong to";
    administrator: "管理者" | "Staff";
    no_membership: "所属なし" | "Belongs to nobody";
    account_disable_text: "ログインできなくなり、開いている画面とAPIキーも止まります。本人にはメールでお知らせします。" | "Nobody can log in with it, and its browsers and API keys stop. Its owner is told by mail.";
    account_enable_text: "ふたたびログインできるようになります。本人にはメールでお知らせします。" | "Its owner can log in again, and is told by mail.";
    account_disable: "アカウントを停止する" | "Disable the account";
    account_enable: "停止を解く" | "Open it again";
    account_done: "アカウントの状態を変えました" | "The account is changed";
    account_own: "自分のアカウントは停止できません" | "You cannot disable your own account";

    audit_lead: "すべての主催者と運営の操作の記録です。" | "What everybody did, organizers and staff.";
    audit_organizer: "主催者のID" | "Organizer’s id";
    audit_email: "ユーザーのメールアドレス" | "User’s address";

    visit: "主催者の画面を見る" | "See the organizer’s pages";
    visit_text: "30分間、主催者と同じ画面を見られます。変更はできません。開いた画面は主催者の操作の記録に残ります。" | "For 30 minutes you see what the organizer sees, and change nothing. The pages you open stand in the organizer’s audit log.";
    visit_reason: "見る理由" | "Why you look";
    begin_visit: "見る" | "Look";
    visit_label: "運営による閲覧" | "Visit of the staff";
    end_visit: "見るのを終える" | "Stop looking";

    own_suspended_title: "この主催者は停止されています" | "This organizer is suspended";
    own_suspended_text: "新しいお申込みと振込が止まっています。これまでのお申込み・チケット・返金・キャンセルは続けられます。" | "New orders and payouts are stopped. Orders that exist, tickets, refunds and cancelling go on.";
    own_review_title: "運営が確認しています" | "We are looking at this organizer";
    own_review_text: "確認が終わるまで振込をお待ちいただきます。お申込みの受付はこれまでどおりです。" | "Payouts wait until we are done. Orders are taken as before.";
}

/// What needs somebody, in one line.
pub fn need(what: Upkeep, n: i64, lang: Lang) -> String {
    match (what, lang) {
        (Upkeep::Alerts, Lang::Ja) => format!("運営あてのお知らせが {n}件 あります"),
        (Upkeep::Alerts, Lang::En) => format!("{n} alerts of the platform are open"),
        (Upkeep::DeadJobs, Lang::Ja) => format!("止まった処理が {n}件 あります"),
        (Upkeep::DeadJobs, Lang::En) => format!("{n} jobs gave up"),
        (Upkeep::Provider, Lang::Ja) => "決済会社が応答していません".to_owned(),
        (Upkeep::Provider, Lang::En) => "The payment provider does not answer".to_owned(),
        (Upkeep::Queue, Lang::Ja) => "処理が遅れています".to_owned(),
        (Upkeep::Queue, Lang::En) => "Work is late".to_owned(),
        (Upkeep::Webhooks, Lang::Ja) => format!("決済会社の通知 {n}件 が未処理です"),
        (Upkeep::Webhooks, Lang::En) => format!("{n} messages of the provider wait"),
        (Upkeep::Mails, Lang::Ja) => format!("メール {n}通 が送れていません"),
        (Upkeep::Mails, Lang::En) => format!("{n} mails are late"),
        (Upkeep::Check, Lang::Ja) if n == 0 => "夜間点検が行われていません".to_owned(),
        (Upkeep::Check, Lang::En) if n == 0 => "The nightly check did not run".to_owned(),
        (Upkeep::Check, Lang::Ja) => format!("夜間点検で {n}件 の食い違いが見つかりました"),
        (Upkeep::Check, Lang::En) => format!("The nightly check found {n} rows"),
        (Upkeep::Payouts, Lang::Ja) => format!("承認済みの振込 {n}件 が送金を待っています"),
        (Upkeep::Payouts, Lang::En) => format!("{n} approved payouts wait for the bank"),
        (Upkeep::Reviews, Lang::Ja) => format!("{n}人の主催者が審査を待っています"),
        (Upkeep::Reviews, Lang::En) => format!("{n} organizers wait for a review"),
    }
}

/// How soon, with its colour.
pub const fn urgency(urgency: Urgency, lang: Lang) -> StatusWord {
    let (sign, word, tone) = match (urgency, lang) {
        (Urgency::Now, Lang::Ja) => ("!", "すぐに", Tone::Bad),
        (Urgency::Now, Lang::En) => ("!", "Now", Tone::Bad),
        (Urgency::Soon, Lang::Ja) => ("○", "今日中に", Tone::Waiting),
        (Urgency::Soon, Lang::En) => ("○", "Today", Tone::Waiting),
    };
    StatusWord { status: urgency.as_str(), sign, word, tone }
}

/// What a switch is for.
pub fn switch(switch: Switch, lang: Lang) -> String {
    match (switch, lang) {
        (Switch::Orders, Lang::Ja) => "新しいお申込み".to_owned(),
        (Switch::Orders, Lang::En) => "New orders".to_owned(),
        (Switch::Organizers, Lang::Ja) => "新しい主催者の登録".to_owned(),
        (Switch::Organizers, Lang::En) => "New organizers".to_owned(),
        (Switch::Method(method), Lang::Ja) => {
            format!("支払い方法：{}", status::method(method, lang))
        }
        (Switch::Method(method), Lang::En) => {
            format!("Payment method: {}", status::method(method, lang))
        }
    }
}

/// Whether it is on.
pub const fn switch_state(is_on: bool, lang: Lang) -> StatusWord {
    let (status, sign, word, tone) = match (is_on, lang) {
        (true, Lang::Ja) => ("on", "✓", "利用中", Tone::Good),
        (true, Lang::En) => ("on", "✓", "On", Tone::Good),
        (false, Lang::Ja) => ("off", "■", "停止中", Tone::Bad),
        (false, Lang::En) => ("off", "■", "Off", Tone::Bad),
    };
    StatusWord { status, sign, word, tone }
}

/// How an organizer stands.
pub const fn standing_word(standing: Standing, lang: Lang) -> StatusWord {
    let (sign, word, tone) = match (standing, lang) {
        (Standing::Active, Lang::Ja) => ("✓", "利用中", Tone::Good),
        (Standing::Active, Lang::En) => ("✓", "Active", Tone::Good),
        (Standing::InReview, Lang::Ja) => ("○", "審査中", Tone::Waiting),
        (Standing::InReview, Lang::En) => ("○", "In review", Tone::Waiting),
        (Standing::Suspended, Lang::Ja) => ("■", "停止中", Tone::Bad),
        (Standing::Suspended, Lang::En) => ("■", "Suspended", Tone::Bad),
    };
    StatusWord { status: standing.as_str(), sign, word, tone }
}

/// How an account stands.
pub const fn account_state(state: AccountState, lang: Lang) -> StatusWord {
    let (sign, word, tone) = match (state, lang) {
        (AccountState::Active, Lang::Ja) => ("✓", "有効", Tone::Good),
        (AccountState::Active, Lang::En) => ("✓", "Active", Tone::Good),
        (AccountState::Disabled, Lang::Ja) => ("■", "停止中", Tone::Bad),
        (AccountState::Disabled, Lang::En) => ("■", "Disabled", Tone::Bad),
        (AccountState::Deleted, Lang::Ja) => ("−", "削除済み", Tone::Quiet),
        (AccountState::Deleted, Lang::En) => ("−", "Deleted", Tone::Quiet),
    };
    StatusWord { status: state.as_str(), sign, word, tone }
}

/// Why an organizer stands so, as people read it; what we wrote ourselves has its own words.
pub fn standing_reason(reason: &str, lang: Lang) -> String {
    match (reason, lang) {
        ("first_payout", Lang::Ja) => "はじめての振込の前に、運営が内容を確認します".to_owned(),
        ("first_payout", Lang::En) => "We look at an organizer before its first payout".to_owned(),
        (other, _) => other.to_owned(),
    }
}

/// What a job does, by its kind.
pub fn job(kind: &str, lang: Lang) -> String {
    let (ja, en) = match kind {
        "process_webhook_event" => ("決済会社の通知の処理", "Provider’s message"),
        "sync_payment" => ("支払いの照会", "Asking about a payment"),
        "close_payment" => ("支払い画面を閉じる", "Closing a payment page"),
        "send_refund" => ("返金の依頼", "Asking for a refund"),
        "expire_order" => ("申込みの期限切れ", "Ending an order’s hold"),
        "match_statements" => ("入出金明細の照合", "Matching statements"),
        "import_settlements" => ("決済会社の精算の取り込み", "Reading settlements"),
        "mail_links" => ("申込みページのリンクの送り直し", "Mailing links again"),
        "send_mail" => ("メールの送信", "Sending a mail"),
        "mail_paid" => ("支払い完了メールの作成", "Writing the mails of paid orders"),
        "advance_process" => ("長い手続きの続き", "A long process"),
        "end_orders" => ("中止イベントの申込みの整理", "Orders of a called-off event"),
        "sweep_out" => ("待ちの終わったものの片づけ", "Sweeping out what waits no longer"),
        "watch" => ("見張り", "The watch"),
        "check" => ("点検", "The check"),
        "compare_day" => ("決済会社の日報との照合", "Comparing a day’s report"),
        other => return other.replace('_', " "),
    };
    match lang {
        Lang::Ja => ja.to_owned(),
        Lang::En => en.to_owned(),
    }
}

/// A part of the nightly check.
pub fn check_part(name: &str, lang: Lang) -> String {
    let (ja, en) = match name.trim_start_matches("check.") {
        "ledger" => ("帳簿", "Ledger"),
        "quotas" => ("席数", "Places"),
        "payments" => ("支払い", "Payments"),
        "orders" => ("申込み", "Orders"),
        "settlements" => ("精算", "Settlements"),
        "statements" => ("入出金明細", "Statements"),
        "processes" => ("手続き", "Processes"),
        "audit" => ("操作の記録", "Audit log"),
        other => return other.replace('_', " "),
    };
    match lang {
        Lang::Ja => ja.to_owned(),
        Lang::En => en.to_owned(),
    }
}

/// Rows that a part of the check found.
pub fn findings(n: i64, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("{n}件の食い違い"),
        Lang::En => format!("{n} rows differ"),
    }
}

/// An account of the ledger, by its kind.
pub fn ledger_account(kind: &str, lang: Lang) -> String {
    let (ja, en) = match kind {
        "organizer_payable" => ("主催者に支払う額", "Payable to the organizer"),
        "provider_clearing" => ("決済会社に預けた額", "With the provider"),
        "bank_clearing" => ("銀行に入る額", "On its way to the bank"),
        "buyer_credit" => ("参加者に返す額", "Owed to participants"),
        "refunds_payable" => ("返金の途中の額", "Refunds under way"),
        "refunds_by_hand" => ("主催者が返した額", "Given back by the organizer"),
        "provider_fees" => ("決済手数料", "Provider fees"),
        "platform_fees" => ("利用料", "Platform fees"),
        "disputes" => ("争われている額", "Disputed"),
        "payouts_in_transit" => ("振込の途中の額", "Payouts under way"),
        other => return other.replace('_', " "),
    };
    match lang {
        Lang::Ja => ja.to_owned(),
        Lang::En => en.to_owned(),
    }
}

/// A span of time, roundly.
pub fn age(seconds: i64, lang: Lang) -> String {
    let (n, ja, en) = match seconds {
        ..60 => (seconds.max(0), "秒", "s"),
        60..3600 => (seconds / 60, "分", "min"),
        3600..86_400 => (seconds / 3600, "時間", "h"),
        _ => (seconds / 86_400, "日", "d"),
    };
    match lang {
        Lang::Ja => format!("{n}{ja}"),
        Lang::En => format!("{n} {en}"),
    }
}

/// How a provider is doing.
pub const fn provider_health(health: Health, lang: Lang) -> StatusWord {
    let (sign, word, tone) = match (health, lang) {
        (Health::Answers, Lang::Ja) => ("✓", "応答しています", Tone::Good),
        (Health::Answers, Lang::En) => ("✓", "Answers", Tone::Good),
        (Health::Silent, Lang::Ja) => ("!", "応答がありません", Tone::Bad),
        (Health::Silent, Lang::En) => ("!", "Does not answer", Tone::Bad),
        (Health::Resting, Lang::Ja) => ("!", "呼び出しを休んでいます", Tone::Bad),
        (Health::Resting, Lang::En) => ("!", "Calls rest", Tone::Bad),
        (Health::Unasked, Lang::Ja) => ("–", "まだ使われていません", Tone::Waiting),
        (Health::Unasked, Lang::En) => ("–", "Not asked yet", Tone::Waiting),
    };
    StatusWord { status: health.as_str(), sign, word, tone }
}

/// The name of a provider, as it calls itself.
pub fn provider_name(provider: &str) -> String {
    provider.to_uppercase()
}

/// What came of trying again or giving up.
pub fn jobs_done(word: &str, n: u64, lang: Lang) -> Option<String> {
    Some(match (word, lang) {
        ("tried", Lang::Ja) => format!("{n}件をもう一度試します"),
        ("tried", Lang::En) => format!("{n} will be tried again"),
        ("given_up", Lang::Ja) => format!("{n}件をやめました"),
        ("given_up", Lang::En) => format!("{n} given up"),
        _ => return None,
    })
}

/// How many of a kind of work gave up, on the chip that filters by it.
pub fn job_chip(kind: &str, n: i64, lang: Lang) -> String {
    let kind = job(kind, lang);
    match lang {
        Lang::Ja => format!("{kind} {n}件"),
        Lang::En => format!("{kind} ({n})"),
    }
}

/// Whose pages somebody of the staff sees, and until when.
pub fn visiting(name: &str, until: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => {
            format!("運営として「{name}」の画面を見ています。変更はできません（{until}まで）。")
        }
        Lang::En => {
            format!("As staff you see the pages of {name}, and can change nothing (until {until}).")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_round() {
        let ages = [-5, 0, 59, 60, 3599, 3600, 86_399, 200_000].map(|it| age(it, Lang::En));
        assert_eq!(ages, ["0 s", "0 s", "59 s", "1 min", "59 min", "1 h", "23 h", "2 d"]);
    }
}
