#include "bridge/core/xmpp/pubsub.hpp"

#include "bridge/core/xmpp/namespaces.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;

const Jid own = jid("bot@example.org/x");

TEST(Pubsub, PublishesWithPreconditions) {
  const xml::Element published = publish("n", {"current", xml::Element("list", "l")}, open_node("max"));
  EXPECT_EQ(published.to_string(),
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"
            "<publish node='n'><item id='current'><list xmlns='l'/></item></publish>"
            "<publish-options><x xmlns='jabber:x:data' type='submit'>"
            "<field var='FORM_TYPE' "
            "type='hidden'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>"
            "<field var='pubsub#persist_items'><value>true</value></field>"
            "<field var='pubsub#access_model'><value>open</value></field>"
            "<field var='pubsub#max_items'><value>max</value></field></x></publish-options></pubsub>");
  EXPECT_EQ(publish("n", {"i", {}}, std::nullopt).to_string(),
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='n'><item "
            "id='i'/></publish></pubsub>");
}

TEST(Pubsub, AsksForTheNewestOrForOneItem) {
  EXPECT_EQ(items_request("n", 1).to_string(),
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='n' max_items='1'/></pubsub>");
  EXPECT_EQ(
      item_request("n", "7").to_string(),
      "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='n'><item id='7'/></items></pubsub>");
  EXPECT_EQ(retract("n", "7").to_string(),
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='n' notify='true'><item "
            "id='7'/></retract></pubsub>");
  EXPECT_EQ(delete_node("n").to_string(),
            "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><delete node='n'/></pubsub>");
  EXPECT_EQ(subscribe_request("n", own).to_string(),
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><subscribe node='n' "
            "jid='bot@example.org'/></pubsub>");
}

TEST(Pubsub, ReadsItemsOfTheNodeItAskedFor) {
  const auto answer = [](const char* items) {
    return stanza("<iq type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub'>" +
                  std::string(items) + "</pubsub></iq>");
  };
  const auto items =
      parse_items(answer("<items node='n'><item id='a'><x xmlns='y'/></item><item/></items>"), "n").value();
  ASSERT_EQ(items.items.size(), 2u);
  EXPECT_TRUE(items.items[0].payload->is("x", "y"));
  EXPECT_FALSE(items.items[1].payload);
  EXPECT_TRUE(items.complete);
  EXPECT_EQ(parse_items(answer("<items node='other'/>"), "n").error(), Error::malformed);
  EXPECT_EQ(parse_items(answer(""), "n").error(), Error::malformed);
  EXPECT_TRUE(parse_items(answer("<items node='n'/>"), "n")->items.empty());
  EXPECT_FALSE(parse_items(answer("<items node='n'><item id='a'/></items><set "
                                  "xmlns='http://jabber.org/protocol/rsm'><count>9</count></set>"),
                           "n")
                   ->complete);
}

TEST(Pubsub, PicksTheCurrentItemElseTheNewest) {
  const std::vector<PubsubItem> items{{"1", {}}, {"current", {}}, {"2", {}}};
  EXPECT_EQ(pick_item(items, "current")->id, "current");
  EXPECT_EQ(pick_item(items, "absent")->id, "2");
  EXPECT_EQ(pick_item({}, "current"), nullptr);
  EXPECT_EQ(find_item(items, "absent"), nullptr);
}

TEST(Pubsub, KnowsAPreconditionByItsOwnChildOnly) {
  EXPECT_TRUE(is_precondition_not_met({"cancel", "conflict", {}, "precondition-not-met", {}}));
  EXPECT_TRUE(is_precondition_not_met({"modify", "not-acceptable", {}, "precondition-not-met", {}}));
  EXPECT_FALSE(is_precondition_not_met({"cancel", "conflict", {}, {}, {}}));
}

TEST(Pubsub, ComparesConfigurationByMeaning) {
  const auto config = parse_config(
      stanza("<iq type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure "
             "node='n'><x xmlns='jabber:x:data' type='form'>"
             "<field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#node_config</value></field>"
             "<field var='pubsub#persist_items'><value>1</value></field><field "
             "var='pubsub#access_model'><value>open</value></field>"
             "<field/></x></configure></pubsub></iq>"));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->form_type, ns::node_config);
  EXPECT_TRUE(satisfies(*config, open_node()));
  EXPECT_FALSE(satisfies(*config, open_node("max")));
  EXPECT_FALSE(satisfies(*config, {"presence", {}, {}, true}));
  EXPECT_EQ(parse_config(stanza("<iq type='result'/>")).error(), Error::malformed);
}

constexpr const char* list_event =
    "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'><item id='current'><list "
    "xmlns='l'/></item></items></event>";

Result<PubsubEvent> event(const std::string& attributes, const std::string& inside = list_event) {
  return parse_event(stanza("<message " + attributes + ">" + inside + "</message>"), own);
}

// case 60
TEST(Pubsub, TakesAnEventFromTheOwnerOnly) {  // spoofing 7
  EXPECT_EQ(event("from='alice@example.net' type='headline'")->owner, jid("alice@example.net"));
  EXPECT_EQ(event("from='alice@example.net'")->owner, jid("alice@example.net"));
  EXPECT_EQ(event("type='headline'")->owner, own.bare());
  EXPECT_EQ(event("from='alice@example.net/phone' type='headline'").error(), Error::wrong_sender);
  EXPECT_EQ(event("from='room@muc.example.net/alice' type='headline'").error(), Error::wrong_sender);
  EXPECT_EQ(event("from='alice@example.net' type='chat'").error(), Error::malformed);
  EXPECT_EQ(event("from='room@muc.example.net' type='groupchat'").error(), Error::malformed);
  EXPECT_EQ(event("from='alice@example.net' type='error'").error(), Error::malformed);
  EXPECT_EQ(event("from='@' type='headline'").error(), Error::bad_jid);
}

TEST(Pubsub, TellsItemsFromRetractionsAndDeletion) {
  const auto kind = [](const char* inside) {
    return event("from='a@b' type='headline'", "<event xmlns='http://jabber.org/protocol/pubsub#event'>" +
                                                   std::string(inside) + "</event>");
  };
  EXPECT_EQ(kind("<purge node='n'/>")->kind, PubsubEvent::Kind::emptied);
  EXPECT_EQ(kind("<delete node='n'/>")->kind, PubsubEvent::Kind::emptied);
  EXPECT_EQ(kind("<configuration node='n'/>")->kind, PubsubEvent::Kind::configured);
  EXPECT_EQ(kind("<items node='n'><retract id='7'/></items>")->retracted, std::vector<std::string>{"7"});
  EXPECT_EQ(kind("").error(), Error::malformed);
  EXPECT_EQ(kind("<items xmlns='evil' node='n'/>").error(), Error::malformed);
}

TEST(Pubsub, BoundsWhatItReads) {
  std::string items;
  for (int i = 0; i < 3000; ++i) items += "<item id='" + std::to_string(i) + "'/>";
  EXPECT_EQ(event("from='a@b' type='headline'",
                  "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'>" + items +
                      "</items></event>")
                ->items.size(),
            1000u);
}

}  // namespace
