#include "bridge/core/xmpp/registration.hpp"

#include <gtest/gtest.h>

#include "bridge/core/xmpp/stream.hpp"
#include "tests/unit/core/xmpp/stanzas.hpp"

namespace {

using namespace omegate;
using namespace omegate::xmpp;

const Jid server = Jid::parse("example.org").value();

RegistrationForm form_of(const std::string& content) {
  return parse_registration(stanza("<iq type='result' id='r'><query xmlns='jabber:iq:register'>" + content + "</query></iq>"));
}

TEST(Registration, IsFilledInPlainlyWhereNameAndPasswordAreAllThatIsWanted) {
  const auto form = form_of("<instructions>Choose!</instructions><username/><password/>");
  EXPECT_TRUE(form.takes_name);
  EXPECT_EQ(form.more, "");
  EXPECT_EQ(to_wire(registration("r", server, form, "bot", "a<b")),
            "<iq type='set' id='r' to='example.org'><query xmlns='jabber:iq:register'><username>bot</username>"
            "<password>a&lt;b</password></query></iq>");
}

TEST(Registration, NamesWhatIsWantedBesides) {
  EXPECT_EQ(form_of("<username/><password/><email/><first/>").more, "email, first");
}

constexpr const char* form_fields =
    "<x xmlns='jabber:x:data' type='form'><field type='hidden' var='FORM_TYPE'><value>jabber:iq:register</value></field>"
    "<field type='text-single' var='username'><required/></field><field type='text-private' var='password'><required/></field>"
    "<field type='text-single' var='email'/>";

TEST(Registration, IsFilledInAsAFormWhereThereIsOne) {
  const auto form = form_of("<username/><password/><email/>" + std::string(form_fields) + "</x>");
  EXPECT_TRUE(form.takes_name && form.is_data_form);
  EXPECT_EQ(form.more, "") << "what is not marked may stay empty";
  const auto filled = to_wire(registration("r", server, form, "bot", "secret"));
  EXPECT_NE(filled.find("<field var='username'><value>bot</value></field>"), std::string::npos) << filled;
  EXPECT_NE(filled.find("<value>jabber:iq:register</value>"), std::string::npos) << filled;
}

TEST(Registration, LeavesRiddlesToPeople) {
  const auto form = form_of(std::string(form_fields) + "<field var='ocr' type='text-single'><required/></field></x>");
  EXPECT_EQ(form.more, "ocr");
}

TEST(Registration, KnowsWhereElsePeopleMayGo) {
  const auto form = form_of("<instructions>In a browser.</instructions><x xmlns='jabber:x:oob'><url>https://example.org/new</url></x>");
  EXPECT_FALSE(form.takes_name);
  EXPECT_EQ(form.url, "https://example.org/new");
}

TEST(Registration, OfAnAnswerWithoutContentNothingIsTaken) {
  EXPECT_FALSE(parse_registration(stanza("<iq type='result' id='r'/>")).takes_name);
}

TEST(Registration, ListsOnlySoMuchOfWhatAServerWants) {
  std::string many;
  for (int i = 0; i < 100; ++i) many += "<field" + std::to_string(i) + "/>";
  EXPECT_LT(form_of("<username/><password/>" + many).more.size(), 300u);
}

}  // namespace
