//! Members, their roles and invitations, in plain words.

use domain::permission::Role;

use crate::lang::Lang;

crate::messages! {
    title: "メンバー" | "Members";
    settings_text: "いっしょに運営する人を招待し、できることを役割で決めます。" | "Invite those who run events with you; a role decides what each may do.";
    open: "メンバーを見る" | "See the members";
    lead: "役割ごとに、できることが決まっています。1つのイベントだけを手伝う人も招待できます。" | "A role decides what one may do. You can also invite somebody for a single event.";
    you: "あなた" | "You";
    role_label: "役割" | "Role";
    only_event: "このイベントだけ" | "This event only";
    invited_by: "招待した人" | "Invited by";
    until_label: "招待の期限" | "Valid until";
    change: "役割を変える" | "Change the role";
    remove: "外す" | "Remove";
    leave: "抜ける" | "Leave";
    leave_text: "抜けると、すぐにこの画面を開けなくなります。作ったAPIキーとWebhookの送り先も止まります。" | "You can no longer open these pages at once, and API keys and webhook receivers that you made stop.";
    leave_confirm: "抜けることを確定する" | "Yes, leave";
    remove_text: "すぐに画面を開けなくなります。この人が作ったAPIキー・招待・Webhookの送り先も止まります。" | "They can no longer open these pages at once, and API keys, invitations and webhook receivers that they made stop.";
    remove_confirm: "外すことを確定する" | "Yes, remove";
    helping_title: "あなたの担当" | "Your part";
    own: "主催者をつくる" | "Make your own organizer";
    own_text: "自分のイベントも開催するときは、あなたの主催者をつくれます。" | "To run events of your own, make an organizer of your own.";
    address_needed: "幹事を招待するには、メールアドレスを入力してください" | "To invite an owner, please enter the address";
    changed_now: "役割を変えました。" | "The role was changed.";
    removed_now: "メンバーから外しました。この人の画面・APIキー・Webhookの送り先は、もう使えません。" | "The member was removed. Their pages, API keys and webhook receivers no longer work.";
    revoked_now: "招待を取り消しました。" | "The invitation was taken back.";
    last_owner: "幹事が一人もいなくなるため、できません。先に別の人を幹事にしてください。" | "The last owner stays. Please make somebody else an owner first.";
    invite_title: "メンバーを招待する" | "Invite a member";
    invite_email: "メールアドレス" | "Email address";
    invite_email_hint: "入力すると招待をメールで送り、このアドレスの人だけが参加できます。空欄なら、リンクを自分で渡します。" | "If you enter one, the invitation is mailed and only this address can accept. Leave it empty to pass the link on yourself.";
    invite_event: "担当するイベント" | "For";
    whole: "すべてのイベント" | "Everything";
    invite: "招待する" | "Invite";
    invited_title: "招待しました" | "Invited";
    invited_text: "このリンクは7日間、1回だけ使えます。" | "This link works once, for seven days.";
    open_title: "返事を待っている招待" | "Open invitations";
    open_none: "返事を待っている招待はありません。" | "No invitation is waiting.";
    by_link: "リンクで招待" | "By link";
    revoke: "取り消す" | "Take back";
    no_owner_of_event: "1つのイベントだけの幹事にはなれません。共同幹事を選んでください" | "Nobody owns a single event; choose co-host";
    too_many: "返事を待っている招待が50件あります。使わないものを取り消してください" | "There are 50 open invitations. Please take some back first";
    join_lead: "参加すると、次の役割で運営を手伝えます。" | "If you join, you help to run events in this role.";
    join: "参加する" | "Join";
    join_sign_in: "ログインして参加する" | "Log in to join";
    joined_as: "参加するアカウント" | "Joining as";
    over_title: "この招待は使えません" | "This invitation is over";
    over_text: "使われたか、取り消されたか、期限が過ぎています。招待した人に、もう一度送ってもらってください。" | "It was used, taken back or is too old. Please ask for a new one.";
    other_address: "この招待は別のメールアドレスに送られたものです。招待を受けたアドレスでログインしてください。" | "This invitation was sent to another address. Please log in with the address that received it.";
    already: "すでにメンバーです。" | "You are a member already.";
    switch_title: "主催者を切り替える" | "Switch organizer";
    mail_lead: "下のボタンから内容を確かめて、参加してください。" | "Please look at the invitation and join.";
    mail_button: "招待を見る" | "See the invitation";
    mail_note: "お心当たりがなければ、このメールは捨ててください。参加しない限り何も起きません。" | "If you do not know the sender, please ignore this mail. Nothing happens unless you join.";
    mail_because: "このメールは、EventPayの主催者があなたを招待したためお送りしています。" | "You receive this mail because an organizer on EventPay invited you.";
    receiver_off: "登録したメンバーが外れたため、送信を止めました。使い続けるときは再開してください。" | "Switched off: the member who registered it is no longer one. Switch it on again if you need it.";
    key_life: "有効期限" | "Valid for";
    key_month: "30日" | "30 days";
    key_quarter: "90日" | "90 days";
    key_year: "1年" | "One year";
    key_endless: "期限なし" | "No end";
    key_until: "期限" | "Ends";
    refused_title: "この操作はできません" | "You may not do this";
    refused_text: "いまの役割では、この画面や操作は使えません。必要なときは、幹事に役割を変えてもらってください。" | "Your role does not include this. Please ask the owner to change it if you need it.";
}

/// The name of a role.
pub const fn role(role: Role, lang: Lang) -> &'static str {
    match (role, lang) {
        (Role::Owner, Lang::Ja) => "幹事",
        (Role::Owner, Lang::En) => "Owner",
        (Role::CoHost, Lang::Ja) => "共同幹事",
        (Role::CoHost, Lang::En) => "Co-host",
        (Role::Treasurer, Lang::Ja) => "会計",
        (Role::Treasurer, Lang::En) => "Treasurer",
        (Role::Reception, Lang::Ja) => "受付",
        (Role::Reception, Lang::En) => "Reception",
        (Role::Viewer, Lang::Ja) => "閲覧",
        (Role::Viewer, Lang::En) => "Viewer",
    }
}

/// What a role is for, in a sentence.
pub const fn role_text(role: Role, lang: Lang) -> &'static str {
    match (role, lang) {
        (Role::Owner, Lang::Ja) => "すべてができます。メンバーと口座を決められるのは幹事だけです。",
        (Role::Owner, Lang::En) => {
            "May do everything; alone decides about members and bank accounts."
        }
        (Role::CoHost, Lang::Ja) => {
            "イベント・返金・振込の承認・APIキーなど。メンバーと口座は変えられません。"
        }
        (Role::CoHost, Lang::En) => {
            "Events, refunds, approving payouts, API keys; not members or bank accounts."
        }
        (Role::Treasurer, Lang::Ja) => "入金・返金・明細・振込の準備。イベントは変えられません。",
        (Role::Treasurer, Lang::En) => {
            "Payments, refunds, statements, preparing payouts; not events."
        }
        (Role::Reception, Lang::Ja) => "申し込んだ人と支払いを確認できます。変更はできません。",
        (Role::Reception, Lang::En) => "Sees who comes and who paid; changes nothing.",
        (Role::Viewer, Lang::Ja) => "イベントと集まった金額を見るだけです。名前は見えません。",
        (Role::Viewer, Lang::En) => "Sees events and how much came in, without names.",
    }
}

/// The mail's subject and the page's title.
pub fn mail_heading(organizer: &str, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("「{organizer}」からの招待"),
        Lang::En => format!("{organizer} invites you"),
    }
}
