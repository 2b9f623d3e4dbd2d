use super::*;

#[test]
fn api_ids_look_like_those_of_api_gateway_and_stay_the_same() {
    let id = api_id("WebSocketApi");
    assert_eq!(id.len(), 10);
    assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    assert_eq!(id, api_id("WebSocketApi"));
    assert_ne!(id, api_id("OtherApi"));
}

#[test]
fn generated_routes_are_named_as_sam_names_them() {
    assert_eq!(generated_route_id("Ws", "$connect"), "WsConnectRoute");
    assert_eq!(generated_route_id("Ws", "sendMessage"), "WsSendmessageRoute");
}
