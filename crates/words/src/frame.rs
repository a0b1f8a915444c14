//! What stands around every page: navigation, footer, the language switch, pages that say what is missing.

crate::messages! {
    product: "EventPay" | "EventPay";
    skip_to_content: "本文へ移動" | "Skip to content";
    menu: "メニュー" | "Menu";
    all_events: "すべてのイベント" | "All events";
    all_events_short: "一覧" | "Events";
    overview: "概要" | "Overview";
    orders: "参加者とお金" | "People and money";
    orders_short: "参加者" | "People";
    event_details: "イベントの内容" | "Event details";
    event_details_short: "内容" | "Details";
    ticket_types: "区分と料金" | "Tickets and prices";
    ticket_types_short: "区分" | "Tickets";
    share: "共有" | "Share";
    alerts: "お知らせ" | "Alerts";
    settings: "設定" | "Settings";
    log_in: "ログイン" | "Log in";
    log_out: "ログアウト" | "Log out";
    powered_by: "受付とお支払いは EventPay" | "Tickets and payments by EventPay";
    card_data_note: "カード情報は決済会社の画面で入力され、主催者にも EventPay にも渡りません。" | "Card details are entered on the payment company’s page; neither the organizer nor EventPay sees them.";
    not_found_title: "ページが見つかりません" | "This page cannot be found";
    not_found_text: "リンクが途中で切れているか、公開が終わったページかもしれません。届いたメッセージのリンクをもう一度お確かめください。" | "The link may be incomplete, or the page may no longer be public. Please check the link in the message you received.";
    error_title: "うまく表示できませんでした" | "We could not show this page";
    error_text: "こちらの不具合です。お支払いやお申込みの内容は失われていません。少し待って読み込み直してください。" | "The fault is ours. No payment or order has been lost. Please wait a moment and reload.";
    error_reference: "お問い合わせ番号" | "Reference";
    to_home: "トップへ" | "To the start page";
    optional: "任意" | "optional";
    live: "更新中" | "Live";
}
