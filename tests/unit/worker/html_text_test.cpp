#include "bridge/worker/html_text.hpp"

#include <gtest/gtest.h>

namespace omegate::worker {
namespace {

TEST(HtmlText, IsWhatPeopleRead) {
  EXPECT_EQ(html_to_text("<p>Hello <b>world</b>&nbsp;&amp; co</p>\n<p>2 &lt; 3<br>end</p>"),
            "Hello world & co\n\n2 < 3\nend");
  EXPECT_EQ(html_to_text("  much \n\t white   space  "), "much white space");
  EXPECT_EQ(html_to_text("<h1>Title</h1><div>one</div><div>two</div>"), "Title\n\none\ntwo");
  EXPECT_EQ(html_to_text("<ul><li>one</li><li>two</li></ul>after"), "- one\n- two\n\nafter");
  EXPECT_EQ(html_to_text("<img src=x alt=\"a cat\"> sleeps"), "a cat sleeps");
  EXPECT_EQ(html_to_text(""), "");
}

TEST(HtmlText, KeepsTheAddressesOfLinks) {
  EXPECT_EQ(html_to_text("see <a class=x href='https://e.org/x?a=1&amp;b=2'>this</a>."),
            "see this (https://e.org/x?a=1&b=2).");
  EXPECT_EQ(html_to_text("<a href=\"https://e.org\">https://e.org</a>"), "https://e.org") << "not twice";
  EXPECT_EQ(html_to_text("<a href=\"#top\">up</a> <a href=\"javascript:alert(1)\">no</a>"), "up no");
}

TEST(HtmlText, LeavesOutWhatNobodyReads) {
  EXPECT_EQ(
      html_to_text("<script>if (a < b) { x(\"</p>\") }</script>x<style>p { }</style><!-- <p>no</p> -->y"),
      "xy");
  EXPECT_EQ(html_to_text("<SCRIPT>no</SCRIPT >yes"), "yes");
  EXPECT_EQ(html_to_text("a<script>never ends"), "a");
}

TEST(HtmlText, TakesWhatIsNoHtmlAsItIs) {
  EXPECT_EQ(html_to_text("1 < 2 && 3 > 2 &bogus; &#; &"), "1 < 2 && 3 > 2 &bogus; &#; &");
  EXPECT_EQ(html_to_text("end <"), "end <");
  EXPECT_EQ(html_to_text("cut <b"), "cut");
}

TEST(HtmlText, ReadsNumberedCharacters) {
  EXPECT_EQ(html_to_text("&#8364;&#x20ac;&#128512;"), "\xe2\x82\xac\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(html_to_text("&#xD800;&#x110000;"), "\xef\xbf\xbd\xef\xbf\xbd")
      << "what is no character is marked";
}

TEST(HtmlText, StaysLinearUnderAttack) {
  std::string open, links, comments, scripts;
  for (int i = 0; i < 50'000; ++i) {
    open += "<p";
    links += "<a href='http://x'>";
    comments += "<!--";
    scripts += "<script></s";
  }
  for (const std::string& text :
       {open, links, comments, scripts, std::string(200'000, '&'), std::string(200'000, '<')})
    EXPECT_LE(html_to_text(text).size(), 4 * text.size());
}

}  // namespace
}  // namespace omegate::worker
