#include "bridge/core/xmpp/disco.hpp"

#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/presence.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"
#include "tests/vectors/vectors.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;
using vectors::text;

/// The vectors give features only inside the string: what stands between the identities and the forms.
DiscoInfo info_of(const boost::json::object& c) {
  DiscoInfo info;
  for (const auto& i : c.at("identities").as_array()) {
    info.identities.push_back({text(i.at(0)), text(i.at(1)), text(i.at(2)), text(i.at(3))});
  }
  if (const auto* forms = c.if_contains("forms")) {
    for (const auto& f : forms->as_array()) {
      DataForm& form = info.forms.emplace_back(DataForm{text(f.at(0)), {}});
      for (const auto& field : f.at(1).as_array()) {
        FormField& read = form.fields.emplace_back(FormField{text(field.at(0)), {}});
        for (const auto& value : field.at(1).as_array()) read.values.push_back(text(value));
      }
    }
  }
  std::stringstream parts(text(c.at("string")));
  std::size_t index = 0;
  for (std::string part; std::getline(parts, part, '<'); ++index) {
    if (index < info.identities.size()) continue;
    if (!info.forms.empty() && part == info.forms.front().form_type) break;
    info.features.insert(info.features.begin(), part);  // out of order on purpose
  }
  return info;
}

TEST(CapsVectors, AreReproduced) {
  for (const auto& c : vectors::load("caps.json").at("cases").as_array()) {
    const DiscoInfo info = info_of(c.as_object());
    EXPECT_GE(info.features.size(), 4u);
    EXPECT_EQ(caps_ver(info).value(), text(c.at("ver")));
  }
}

DiscoInfo sample() { return {{{"client", "pc", {}, "x"}}, {"a", "b"}, {}}; }

TEST(Caps, RefuseWhatCouldPassForSomethingElse) {
  DiscoInfo twice = sample();
  twice.features.push_back("a");
  EXPECT_EQ(caps_ver(twice).error(), Error::bad_caps);
  DiscoInfo same_identity = sample();
  same_identity.identities.push_back(same_identity.identities.front());
  EXPECT_EQ(caps_ver(same_identity).error(), Error::bad_caps);
  DiscoInfo joined = sample();
  joined.features.push_back("c<d");
  EXPECT_EQ(caps_ver(joined).error(), Error::bad_caps);
  DiscoInfo untyped = sample();
  untyped.forms.push_back({});
  EXPECT_EQ(caps_ver(untyped).error(), Error::bad_caps);
  DiscoInfo forms = sample();
  forms.forms = {{"t", {}}, {"t", {}}};
  EXPECT_EQ(caps_ver(forms).error(), Error::bad_caps);
}

TEST(Disco, AnnouncesWhatMakesOthersPushDeviceLists) {
  const DiscoInfo bot = bot_info("omegate");
  EXPECT_TRUE(bot.has("eu.siacs.conversations.axolotl.devicelist+notify"));
  EXPECT_TRUE(bot.has("urn:xmpp:omemo:2:devices+notify"));
  EXPECT_TRUE(bot.has("urn:xmpp:avatar:metadata+notify"));
  EXPECT_TRUE(bot.has(ns::receipts));
  EXPECT_EQ(bot.identities.front().type, "bot");
}

TEST(Disco, AnswersWhatItsCapsPromise) {
  const DiscoInfo bot = bot_info("omegate");
  const xml::Element caps = caps_element(bot, "https://omegate.example");
  const std::string node = "https://omegate.example#" + std::string(*caps.attr("ver"));
  EXPECT_EQ(disco_question(disco_request(node), bot, "https://omegate.example"), DiscoQuestion::own);
  EXPECT_EQ(disco_question(disco_request(), bot, "https://omegate.example"), DiscoQuestion::own);
  EXPECT_EQ(disco_question(disco_request("other"), bot, "https://omegate.example"),
            DiscoQuestion::unknown_node);
  const xml::Element iq = xml::Element("iq", "jabber:client").with(disco_answer(bot, node));
  EXPECT_EQ(caps_ver(parse_disco(iq).value()).value(), *caps.attr("ver"));
  EXPECT_EQ(iq.children().front().attr("node"), node);
}

TEST(Disco, KeepsLanguagesAndForms) {
  DiscoInfo info = sample();
  info.identities.front().lang = "en";
  info.forms.push_back({"t", {{"f", {"1", "2"}}}});
  const auto again = parse_disco(xml::Element("iq", "jabber:client").with(disco_answer(info))).value();
  EXPECT_EQ(again.identities, info.identities);
  EXPECT_EQ(again.forms.front().fields, info.forms.front().fields);
  EXPECT_EQ(parse_disco(stanza("<iq/>")).error(), Error::malformed);
}

TEST(Presence, IsReadAndBuilt) {
  const auto asked =
      parse_presence(
          stanza("<presence from='Alice@example.net' type='subscribe'><status>hi</status></presence>"))
          .value();
  EXPECT_EQ(asked.type, PresenceType::subscribe);
  EXPECT_EQ(asked.from, jid("alice@example.net"));
  EXPECT_EQ(asked.status, "hi");
  EXPECT_EQ(parse_presence(stanza("<presence from='a@b/c'/>"))->type, PresenceType::available);
  EXPECT_EQ(parse_presence(stanza("<presence/>")).error(), Error::malformed);
  EXPECT_EQ(parse_presence(stanza("<presence from='a@b' type='odd'/>")).error(), Error::malformed);
  EXPECT_EQ(parse_presence(stanza("<presence from='@'/>")).error(), Error::bad_jid);
  EXPECT_EQ(subscription(PresenceType::subscribed, jid("a@b/c")).to_string("jabber:client"),
            "<presence type='subscribed' to='a@b'/>");
  EXPECT_EQ(available(xml::Element("c", "x"), "here").to_string("jabber:client"),
            "<presence><c xmlns='x'/><status>here</status></presence>");
  EXPECT_EQ(unavailable().to_string("jabber:client"), "<presence type='unavailable'/>");
}

}  // namespace
