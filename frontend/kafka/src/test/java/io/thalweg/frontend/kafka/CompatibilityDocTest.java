package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.junit.jupiter.api.Test;

/**
 * The tables of docs/kafka-compatibility.md agree with the door, and with the list of Kafka's
 * tests.
 */
final class CompatibilityDocTest {
  private static final String REQUESTS = "| Key | Request | Kafka | Here |";
  private static final String CLASSES = "| Class | Tests | Kafka | Here |";
  private static final String EXCEPTIONS = "| Class | Test | Ends | Reason |";
  private static final Pattern CLASS = Pattern.compile("(\\S+) (\\d+) (\\d+|-)");
  private static final Pattern EXCEPTION = Pattern.compile(" +(\\w+) (\\S+?)(?: x(\\d+))?: (.+)");

  private static Path checkout() {
    Path module = Path.of(System.getProperty("basedir", ".")).toAbsolutePath().normalize();
    return module.getParent().getParent();
  }

  private static List<String> rows(String head) throws IOException {
    List<String> lines =
        Files.readAllLines(checkout().resolve("docs").resolve("kafka-compatibility.md"));
    List<String> rows = new ArrayList<>();
    assertThat(lines).contains(head);
    for (int i = lines.indexOf(head) + 2; i < lines.size() && lines.get(i).startsWith("|"); i++) {
      rows.add(lines.get(i));
    }
    return rows;
  }

  private static void assertRows(String head, List<String> wanted) throws IOException {
    assertThat(rows(head))
        .as("below %s; its rows are to be%n%s%n", head, String.join("\n", wanted))
        .isEqualTo(wanted);
  }

  private static String range(int from, int to) {
    return from == to ? Integer.toString(from) : from + "–" + to;
  }

  @Test
  void requestsAreThoseThatTheDoorAnnounces() throws IOException {
    List<String> wanted = new ArrayList<>();
    try (DoorFixture door = new DoorFixture();
        RawClient raw = new RawClient(door.port)) {
      ApiVersionsResponse answer =
          (ApiVersionsResponse) raw.ask(new ApiVersionsRequest.Builder().build());
      List<ApiKeys> kinds = new ArrayList<>(ApiKeys.clientApis());
      kinds.sort(Comparator.comparing(kind -> kind.id));
      for (ApiKeys kind : kinds) {
        ApiVersion here = answer.apiVersion(kind.id);
        wanted.add(
            "| %d | %s | %s | %s |"
                .formatted(
                    kind.id,
                    kind.name,
                    range(kind.oldestVersion(), kind.latestVersion(false)),
                    here == null ? "no" : range(here.minVersion(), here.maxVersion())));
      }
      assertThat(answer.data().apiKeys())
          .extracting(ApiVersion::apiKey)
          .allMatch(key -> kinds.contains(ApiKeys.forId(key)));
    }
    assertRows(REQUESTS, wanted);
  }

  @Test
  void testsAreThoseOfTheList() throws IOException {
    List<String> classes = new ArrayList<>();
    List<String> exceptions = new ArrayList<>();
    int all = 0;
    List<String> lines =
        Files.readAllLines(
            checkout().resolve("testing/kafka-suite/src/main/resources/expected.txt"));
    int i = 0;
    while (i < lines.size()) {
      Matcher of = CLASS.matcher(lines.get(i++));
      if (!of.matches()) {
        continue;
      }
      String name = of.group(1).substring(of.group(1).lastIndexOf('.') + 1);
      int without = 0;
      while (i < lines.size() && lines.get(i).startsWith(" ")) {
        String line = lines.get(i++);
        Matcher exception = EXCEPTION.matcher(line);
        assertThat(exception.matches()).as(line).isTrue();
        without += exception.group(3) == null ? 1 : Integer.parseInt(exception.group(3));
        exceptions.add(
            "| %s | %s | %s | %s |"
                .formatted(name, exception.group(2), exception.group(1), exception.group(4)));
      }
      int tests = Integer.parseInt(of.group(2));
      classes.add("| %s | %d | %s | %d |".formatted(name, tests, of.group(3), tests - without));
      all += tests - without;
    }
    assertRows(CLASSES, classes);
    assertRows(EXCEPTIONS, exceptions);
    assertThat(all).isPositive();
  }
}
