// One stream over two processes: what is stored when, and what the next process makes of it.
#include "bridge/gateway/stream/stream_record.hpp"

#include <boost/asio/detached.hpp>

#include "tests/unit/gateway/stream_fixture.hpp"

namespace omegate::gateway {
namespace {

using Tags = std::vector<xmpp::StanzaTag>;

std::string message(const std::string& id) { return "<message id='" + id + "'><body>hi</body></message>"; }

xml::Element ping() {
  xml::Element iq("iq", "jabber:client");
  iq.set("type", "get");
  iq.add(xml::Element("ping", "urn:xmpp:ping"));
  return iq;
}

/// A request of which nobody awaits the answer.
Void ask(Stream& stream) {
  try {
    co_await stream.request(ping());
  } catch (const StreamFailure&) {
  }
}

struct StreamRecord : StreamFixture {
  /// The process ends, another one begins with what was stored.
  void restart(const store::StoredStream& record) {
    resumption = {};
    take_up(resumption, record);
  }
};

TEST_F(StreamRecord, WritesNothingBetweenANumberAndItsStanza) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        for (const char* id : {"before", "first", "second", "behind"})
          EXPECT_EQ((co_await client.stanza()).attr("id"), id);
        EXPECT_TRUE((co_await client.stanza()).child("ping", "urn:xmpp:ping"));
        EXPECT_TRUE(xmpp::is_sm(co_await client.element(), "r"));
        co_await client.expect_end();
      },
      [&]() -> Void {
        Stream stream = make_stream();
        co_await stream.open();
        EXPECT_TRUE(stream.send(message("before")));
        {
          Stream::Batch batch(stream);
          EXPECT_EQ(batch.first(), 2u);
          EXPECT_TRUE(stream.send(message("behind")));
          asio::co_spawn(context, ask(stream), asio::detached);
          co_await pause(20ms);  // the transaction
          EXPECT_TRUE(batch.send(message("first"), 1));
          EXPECT_TRUE(batch.send(message("second"), 2));
        }
        co_await pause(30ms);
      });
}

TEST_F(StreamRecord, TellsTheServerNoMoreThanTheRecordNames) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        co_await client.send(message("1") + message("2"));
        co_await pause(30ms);
        co_await client.send("<r xmlns='urn:xmpp:sm:3'/>");
        EXPECT_EQ(xmpp::sm_h(co_await client.element()).value(), 0u);
        EXPECT_EQ(xmpp::sm_h(co_await client.element()).value(), 2u);  // unasked, once it is stored
        co_await client.send(message("3") + "<r xmlns='urn:xmpp:sm:3'/>");
        EXPECT_EQ(xmpp::sm_h(co_await client.element()).value(), 2u);
        client.cut();
        ScriptedConnection again = co_await server.accept();
        co_await again.up_to_session();
        const xml::Element resume = co_await again.element();
        EXPECT_EQ(resume.attr("h"), "2");
        co_await again.send("<resumed xmlns='urn:xmpp:sm:3' previd='session-1' h='0'/>");
        co_await again.expect_end();
      },
      [&]() -> Void {
        store::StoredStream record;
        {
          Stream stream = make_stream();
          int told = 0;
          stream.on_handled([&] { ++told; });
          co_await stream.open();
          EXPECT_TRUE(stream.keep_record());
          for (int i = 0; i < 2; ++i) {
            co_await stream.next();
            stream.handled();
          }
          EXPECT_EQ(told, 2);
          EXPECT_EQ(stream.unrecorded(), 2u);
          co_await pause(60ms);
          record = stream.record();
          EXPECT_EQ(record.handled, 2u);
          stream.recorded(record.handled);
          co_await stream.next();
          stream.handled();  // and the process dies before the next record
          co_await pause(30ms);
        }
        restart(record);
        Stream stream = make_stream();
        co_await stream.open();
        EXPECT_TRUE(stream.resumed());
        EXPECT_TRUE(stream.keeps_record());
      });
}

// Killed between the writing of a request and any commit: the server has counted a stanza that nothing on the
// disk speaks of.
TEST_F(StreamRecord, ResumesAfterACrashBehindARequestThatNoRecordKnows) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        for (int i = 0; i < 3; ++i) co_await client.stanza();
        client.cut();
        ScriptedConnection again = co_await server.resume(3);
        EXPECT_EQ((co_await again.stanza()).attr("id"), "after");
        EXPECT_TRUE(xmpp::is_sm(co_await again.element(), "r"));
        co_await again.send("<a xmlns='urn:xmpp:sm:3' h='4'/>");
        co_await again.expect_end();
      },
      [&]() -> Void {
        store::StoredStream record;
        std::optional<std::uint32_t> number;
        {
          Stream stream = make_stream();
          co_await stream.open();
          EXPECT_TRUE(stream.keep_record());
          record = stream.record();
          asio::co_spawn(context, ask(stream), asio::detached);
          co_await pause(10ms);
          {
            Stream::Batch batch(stream);
            number = batch.first();  // stored with the message
            EXPECT_TRUE(batch.send(message("1"), 1));
          }
          asio::co_spawn(context, ask(stream), asio::detached);
          co_await pause(30ms);
        }
        EXPECT_EQ(number, 2u);
        restart(record);
        Tags acked;
        Stream stream = make_stream();
        stream.on_acked([&](auto tags) { acked.assign(tags.begin(), tags.end()); });
        co_await stream.open();
        EXPECT_TRUE(stream.resumed());
        EXPECT_TRUE(xmpp::has_number(stream.server_had().value(), *number));
        {
          Stream::Batch batch(stream);
          EXPECT_EQ(batch.first(), 4u);
          EXPECT_TRUE(batch.send(message("after"), 9));
        }
        co_await pause(30ms);
        EXPECT_EQ(acked, Tags{9});
      });
}

TEST_F(StreamRecord, SendsTheAnswersAgainThatTheServerMissed) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        co_await client.stanza();
        client.cut();
        ScriptedConnection again = co_await server.resume(1);
        EXPECT_EQ((co_await again.stanza()).attr("id"), "answer 2");
        co_await again.until_end();
      },
      [&]() -> Void {
        store::StoredStream record;
        {
          Stream stream = make_stream();
          co_await stream.open();
          EXPECT_TRUE(stream.keep_record());
          EXPECT_TRUE(stream.send("<iq type='result' id='answer 1'/>"));
          EXPECT_TRUE(stream.send("<iq type='result' id='answer 2'/>"));
          co_await pause(30ms);
          record = stream.record();
        }
        EXPECT_EQ(record.waiting.size(), 2u);
        restart(record);
        Stream stream = make_stream();
        co_await stream.open();
        co_await pause(30ms);
      });
}

TEST_F(StreamRecord, KeepsAnswersThatWaitBehindABatchWhenTheStreamEnds) {
  run([&]() -> Void { co_await (co_await server.log_in()).expect_end(); },
      [&]() -> Void {
        Stream stream = make_stream();
        co_await stream.open();
        EXPECT_TRUE(stream.keep_record());
        {
          Stream::Batch batch(stream);
          EXPECT_TRUE(stream.send("<iq type='result' id='answer'/>"));
          co_await stream.close(false);
          EXPECT_FALSE(batch.send(message("1"), 1));
        }
        const store::StoredStream record = make_record(resumption, true);
        EXPECT_EQ(record.waiting.size(), 1u);
        EXPECT_TRUE(record.final);
      });
}

TEST_F(StreamRecord, BindsAnewWhereTheServerForgotTheStreamOfTheProcessBefore) {
  run(
      [&]() -> Void {
        ScriptedConnection client = co_await server.log_in();
        client.cut();
        ScriptedConnection again = co_await server.accept();
        co_await again.up_to_session();
        co_await again.element();
        co_await again.send("<failed xmlns='urn:xmpp:sm:3' h='5'/>");
        co_await again.bind();
        co_await again.enable_management();
        co_await again.expect_end();
      },
      [&]() -> Void {
        store::StoredStream record;
        {
          Stream stream = make_stream();
          co_await stream.open();
          EXPECT_TRUE(stream.keep_record());
          EXPECT_TRUE(stream.send("<presence/>"));
          record = stream.record();
        }
        restart(record);
        Stream stream = make_stream();
        co_await stream.open();
        EXPECT_FALSE(stream.resumed());
        EXPECT_FALSE(stream.keeps_record());
        EXPECT_EQ(stream.server_had(), 5u);
      });
}

TEST_F(StreamRecord, EndsTheStreamRatherThanSkipANumber) {
  run([&]() -> Void { co_await (co_await server.log_in()).until_end(); },
      [&]() -> Void {
        Stream stream = make_stream();
        co_await stream.open();
        const std::string large(4 * 1024 * 1024, 'x');
        Stream::Batch batch(stream);
        EXPECT_TRUE(batch.send("<message><body>" + large + "</body></message>", 1));
        EXPECT_TRUE(batch.send("<message><body>" + large + "</body></message>", 2));
        EXPECT_FALSE(batch.send("<message><body>" + large + "</body></message>", 3));
        EXPECT_FALSE(batch.send(message("4"), 4));
        EXPECT_FALSE(stream.send(message("5")));
      });
}

}  // namespace
}  // namespace omegate::gateway
