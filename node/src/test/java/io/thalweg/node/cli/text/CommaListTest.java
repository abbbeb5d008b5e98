package io.thalweg.node.cli.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.node.cli.terminal.CliException;
import org.junit.jupiter.api.Test;

/** Lists as users type them. */
class CommaListTest {
  @Test
  void valuesStayAsTheyAre() {
    assertThat(CommaList.values("a,b")).containsExactly("a", "b");
    assertThat(CommaList.values(" a, b ")).containsExactly(" a", " b ");
    assertThat(CommaList.values("")).containsExactly("");
    assertThat(CommaList.values("a,")).containsExactly("a", "");
    assertThat(CommaList.values(",,")).containsExactly("", "", "");
    assertThat(CommaList.values("it\"s,5\"")).containsExactly("it\"s", "5\"");
  }

  @Test
  void quotesHoldCommasAndQuotes() {
    assertThat(CommaList.values("\"Doe, Jane\",17")).containsExactly("Doe, Jane", "17");
    assertThat(CommaList.values("17,\"a\"\"b,\"")).containsExactly("17", "a\"b,");
    assertThat(CommaList.values("\"\",\"\"")).containsExactly("", "");
    for (String wrong : new String[] {"\"a", "\"a\"b,1", "a,\"", "\"a\" ,1"}) {
      assertThatThrownBy(() -> CommaList.values(wrong))
          .isInstanceOf(CliException.class)
          .hasMessageContaining(wrong);
    }
  }

  @Test
  void expressionsKeepTheirCommas() {
    assertThat(
            CommaList.columns(
                "id, variant_get(v, '$.a,)', 'INT') AS a ,\"x,y\",substring(lower(s), 1, 2)"))
        .containsExactly(
            "id", "variant_get(v, '$.a,)', 'INT') AS a", "x,y", "substring(lower(s), 1, 2)");
    assertThat(CommaList.columns("it's, b")).containsExactly("it's", "b");
    assertThat(CommaList.columns("lower(a, b")).containsExactly("lower(a, b");
    assertThatThrownBy(() -> CommaList.columns("a,,b")).hasMessageContaining("empty name");
  }

  @Test
  void spacesAroundNamesMeanNothing() {
    assertThat(CommaList.names("id, name")).containsExactly("id", "name");
    assertThat(CommaList.names(" id ,name ", "\"a, b\" , c"))
        .containsExactly("id", "name", "a, b", "c");
    assertThatThrownBy(() -> CommaList.names("id,,name")).hasMessageContaining("empty name");
    assertThatThrownBy(() -> CommaList.names("id,")).hasMessageContaining("empty name");
  }
}
