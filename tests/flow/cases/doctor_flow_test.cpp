// What `omegate doctor` says of an account whose server, clock or nodes are not as they should be.
#include <future>

#include "bridge/core/xmpp/date_time.hpp"
#include "bridge/core/xmpp/iq.hpp"
#include "bridge/core/xmpp/namespaces.hpp"
#include "bridge/core/xmpp/omemo_nodes.hpp"
#include "tests/flow/world/rig.hpp"

namespace omegate::flow {
namespace {

using omemo::Version;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace ns = xmpp::ns;

struct DoctorFlow : testing::Test {
  Rig rig;
  Contact alice{rig.xmpp, alice_jid, {Version::legacy}};
  std::vector<std::string> features{std::string(ns::carbons), std::string(ns::archive),
                                    std::string(ns::publish_options), std::string(ns::stanza_ids), std::string(ns::upload)};
  std::string identity = "pep";
  std::chrono::milliseconds ahead{0};  // the server's clock

  DoctorFlow() {
    rig.xmpp.interfere = [this](const xml::Element& iq) -> std::optional<xml::Element> {
      const auto* what = xmpp::payload(iq);
      if (what && what->is("time", ns::entity_time)) return time_answer(iq);
      if (!examining || !what || !what->is("query", ns::disco_info)) return std::nullopt;
      xml::Element query("query", ns::disco_info);
      query.add(xml::Element("identity", ns::disco_info).set("category", "pubsub").set("type", identity));
      for (const auto& each : features) query.add(xml::Element("feature", ns::disco_info).set("var", each));
      return result(iq, std::move(query));
    };
  }
  xml::Element result(const xml::Element& iq, xml::Element payload) const {
    xml::Element answer("iq", ns::client);
    answer.set("type", "result").set("id", std::string(iq.attr("id").value_or("")));
    if (iq.has("to")) answer.set("from", std::string(iq.attr("to").value_or("")));
    return std::move(answer).with(std::move(payload));
  }
  xml::Element time_answer(const xml::Element& iq) const {
    xml::Element time("time", ns::entity_time);
    time.add(xml::Element("utc", ns::entity_time).add_text(xmpp::format_time(rig.now.load() + ahead)));
    return result(iq, std::move(time));
  }
  void begin() {
    rig.start();
    rig.until("it says that it is online", [&] { return rig.ask("status", {}).at("ready").as_bool(); });
  }
  /// The checks that are not well, with their evidence.
  std::vector<std::string> complaints() {
    examining = true;
    const auto report = rig.ask("doctor", {});
    examining = false;
    std::vector<std::string> found;
    for (const auto& each : report.at("findings").as_array()) {
      if (each.at("level").as_string() == "ok") continue;
      EXPECT_NE(each.at("fix").as_string(), "") << each;
      found.push_back(std::string(each.at("level").as_string()) + " " +
                      std::string(each.at("check").as_string()) + ": " +
                      std::string(each.at("evidence").as_string()));
    }
    return found;
  }
  bool examining = false;  // the archive is nothing this world has
};

TEST_F(DoctorFlow, FindsNothingWhereAllIsWell) {
  begin();
  EXPECT_THAT(complaints(), IsEmpty());
}

TEST_F(DoctorFlow, NamesWhatTheServerLacks) {
  begin();
  features = {};
  EXPECT_THAT(complaints(), ElementsAre(HasSubstr("warn publish options"), HasSubstr("warn message archive"),
                                        HasSubstr("warn message carbons"), HasSubstr("warn file upload")));
  features = {std::string(ns::carbons), std::string(ns::archive), std::string(ns::publish_options), std::string(ns::upload)};
  identity = "service";
  EXPECT_THAT(complaints(), ElementsAre(HasSubstr("bad PEP")));
}

TEST_F(DoctorFlow, ComparesTheClockWithTheServers) {
  begin();
  ahead = 4s;
  EXPECT_THAT(complaints(), IsEmpty());
  ahead = 10s;
  EXPECT_THAT(complaints(), ElementsAre("warn clock: ours is 10.0 s behind the server's"));
  ahead = -90s;
  EXPECT_THAT(complaints(), ElementsAre("bad clock: ours is 90.0 s ahead of the server's"));
}

TEST_F(DoctorFlow, SeesAListThatDoesNotNameUs) {
  begin();
  for (const Version version : {Version::legacy, Version::omemo2}) {
    const std::string node = xmpp::device_list_node(version);
    const auto before = rig.xmpp.nodes.at({bot_jid, node});
    rig.xmpp.put(bot_jid, node, "current", xmpp::build_device_list(version, {}));
    EXPECT_THAT(complaints(), ElementsAre(HasSubstr("bad device list (OMEMO"))) << node;
    rig.xmpp.nodes[{bot_jid, node}] = before;
  }
}

TEST_F(DoctorFlow, SeesABundleThatIsGoneOrOld) {
  begin();
  const std::string node = xmpp::bundle_node(Version::legacy, rig.self().device);
  const auto before = rig.xmpp.nodes.at({bot_jid, node});
  rig.xmpp.nodes.erase({bot_jid, node});
  EXPECT_THAT(complaints(), ElementsAre(HasSubstr("bad bundle (OMEMO legacy)")));
  rig.xmpp.nodes[{bot_jid, node}] = before;
  rig.xmpp.put(bot_jid, node, "current", xmpp::build_bundle(alice.bundle()));
  EXPECT_THAT(complaints(), ElementsAre(HasSubstr("another identity key")));
}

TEST_F(DoctorFlow, SeesNodesThatStrangersCannotRead) {
  begin();
  rig.xmpp.nodes.at({bot_jid, xmpp::device_list_node(Version::legacy)}).access = "presence";
  rig.xmpp.nodes.at({bot_jid, xmpp::bundle_node(Version::omemo2, rig.self().device)}).access = "whitelist";
  EXPECT_THAT(complaints(),
              ElementsAre("bad access to the device list (OMEMO legacy): presence: who is no contact "
                          "cannot read our keys",
                          HasSubstr("bad access to the bundle (OMEMO 2): whitelist")));
}

TEST_F(DoctorFlow, SeesOtherDevicesWithoutKeys) {
  begin();
  const std::string node = xmpp::device_list_node(Version::legacy);
  rig.xmpp.put(bot_jid, node, "current",
               xmpp::build_device_list(Version::legacy,
                                       {{rig.self().device, {}, {}}, {omemo::DeviceId(4711), {}, {}}}));
  EXPECT_THAT(complaints(), ElementsAre("warn other devices: listed without keys: 4711 (OMEMO legacy)"));
}

TEST_F(DoctorFlow, SeesWhatWaitsForAPerson) {
  rig.settings.accounts[0].policy = trust::Policy::manual;
  begin();
  rig.hook("secret");
  rig.until_state(MessageState::held);
  EXPECT_THAT(complaints(), ElementsAre(HasSubstr("warn held messages: 1")));
}

/// As long as it lives no transaction ends.
class HangingDatabase {
 public:
  explicit HangingDatabase(store::Store& store)
      : work_(std::async(std::launch::async, [this, &store] {
          store.run([this](store::Tables&) {
            hangs_.set_value();
            mended_.get_future().wait();
          });
        })) {
    hangs_.get_future().wait();
  }
  HangingDatabase(const HangingDatabase&) = delete;
  ~HangingDatabase() {
    mended_.set_value();
    work_.wait();
  }

 private:
  std::promise<void> hangs_, mended_;
  std::future<void> work_;
};

TEST_F(DoctorFlow, SaysThatTheDatabaseHangsAndWhatElseThereIs) {
  rig.pace.store_glance = 500ms;
  begin();
  {
    const HangingDatabase hanging(rig.store());
    const auto status = rig.ask("status", {}).as_object();
    EXPECT_FALSE(status.at("ready").as_bool());
    EXPECT_THAT(status.at("problems").as_array().at(0).as_string().c_str(), HasSubstr("the database has not answered within 0.5 s"));
    EXPECT_FALSE(status.contains("outbox")) << "a number that nobody knows is none";
    EXPECT_EQ(status.at("accounts").as_array().at(0).at("state").as_string(), "online");
    EXPECT_EQ(status.at("plugins").as_array().size(), rig.settings.plugins.size());
    EXPECT_THAT(complaints(), ElementsAre(HasSubstr("bad database: "), HasSubstr("warn server: the account is online")));
  }
  rig.until("all is well again", [&] {
    const auto status = rig.ask("status", {}).as_object();
    return status.at("ready").as_bool() && status.contains("outbox");
  });
  rig.until("the doctor says so", [&] { return complaints().empty(); });
}

TEST_F(DoctorFlow, AnAccountThatIsNotOnlineSaysWhy) {
  rig.settings.accounts[0].ca_file.clear();
  rig.begin();
  std::vector<std::string> found;
  rig.until("it has failed to connect", [&] {
    found = complaints();
    return found.size() == 1 && found[0].find("certificate") != std::string::npos;
  });
  EXPECT_THAT(found[0], HasSubstr("bad connection: "));
}

}  // namespace
}  // namespace omegate::flow
