//! Which mails about an organizer come to a member, and which always do.

use domain::mail_choice::MemberMail;

use crate::lang::Lang;

crate::messages! {
    title: "届くメール" | "Mails you get";
    lead: "運営しているイベントについて、あなたのアドレスに届くメールを選べます。団体の連絡先には、いつも届きます。" | "Choose which mails about your events come to your own address. The organizer’s contact address always gets them.";
    open: "届くメールを選ぶ" | "Choose your mails";
    save: "保存する" | "Save";
    saved: "届くメールを変えました" | "Your choice was saved";
    is_contact: "あなたのアドレスが団体の連絡先なので、次のメールはいつも届きます。" | "Your address is this organizer’s contact address, so these always come:";
    none: "いまの役割で届くメールはありません。" | "Your roles come with no mails to choose.";
    always_title: "いつも届くメール" | "Mails that always come";
    always_text: "ログインのリンク、アドレスの変更の確認、アカウントの安全のお知らせ、メンバーへの招待は、止めることができません。" | "Login links, changes of your address, notices about the safety of your account, and invitations cannot be turned off.";
    mail_link: "届くメールを選ぶ" | "Choose which mails you get";
    mail_because: "このメールは、あなたがこの団体のメンバーなのでお送りしています。上のリンクから止められます。" | "You receive this mail because you are a member of this organizer. You can turn it off by the link above.";
}

/// A mail, as the choice names it.
pub const fn name(mail: MemberMail, lang: Lang) -> &'static str {
    match (mail, lang) {
        (MemberMail::ReturnToDecide, Lang::Ja) => "キャンセルのお申し出",
        (MemberMail::ReturnToDecide, Lang::En) => "Somebody asks to cancel",
        (MemberMail::ScreeningToDecide, Lang::Ja) => "確認を待っている申込み",
        (MemberMail::ScreeningToDecide, Lang::En) => "An order is held back",
        (MemberMail::WebhookDisabled, Lang::Ja) => "Webhookの送信の停止",
        (MemberMail::WebhookDisabled, Lang::En) => "A webhook was switched off",
    }
}

/// When it comes.
pub const fn text(mail: MemberMail, lang: Lang) -> &'static str {
    match (mail, lang) {
        (MemberMail::ReturnToDecide, Lang::Ja) => {
            "参加者がキャンセルを申し出て、返事を待っているとき"
        }
        (MemberMail::ReturnToDecide, Lang::En) => "When a participant waits for your answer",
        (MemberMail::ScreeningToDecide, Lang::Ja) => {
            "いつもと違う申込みを止めていて、確認が必要なとき（1時間に1通まで）"
        }
        (MemberMail::ScreeningToDecide, Lang::En) => {
            "When an unusual order waits for you (one mail an hour at most)"
        }
        (MemberMail::WebhookDisabled, Lang::Ja) => "送り先に何日も届かず、送信を止めたとき",
        (MemberMail::WebhookDisabled, Lang::En) => "When a receiver failed for days",
    }
}
