use super::*;

#[track_caller]
fn check(html: &str, expected: &str) {
    assert_eq!(flatten(html).as_deref(), Ok(expected), "{html}");
}

#[track_caller]
fn check_beyond(html: &str, what: &str) {
    let refused = flatten(html).map_err(|why| why.to_string());
    assert!(refused.as_ref().is_err_and(|why| why.starts_with(what)), "{refused:?}");
}

#[test]
fn a_row_is_a_line_and_a_cell_a_cell() {
    check("<table><tr><td>Reference</td><td>A&nbsp;&amp;&#66;</td></tr></table>", "Reference\tA &B\n");
    check("<table><tr><td><p>Start</p><td><p>26 March</p></table>after", "Start\t26 March\nafter\n");
    check("<tr><td>Feeds<td>a<br>b</td></tr>", "Feeds\ta\u{2028}b\n");
    check("<table><tr><td><p>Dear all,</p><p>we work.</p></td></tr></table>", "Dear all,\nwe work.\n");
    check("<table><tr><td>x<table><tr><td>in</td><td>ner</td></tr></table></td></tr></table>", "x\nin\tner\n");
}

#[test]
fn a_blank_cell_is_a_column() {
    check("<tr><td>a<td><td>c</tr><tr><td>&nbsp;<td><br><td>z</tr>", "a\t\tc\n\t\tz\n");
    check("<tr><td>a<td>b</tr><tr><td> <td>\n</tr><tr><td><td>d</tr>", "a\tb\n\td\n");
    // A row of one cell with words is layout before a grid began, and where it has another number of columns.
    check("<table><tr><td><td>Dear all<td></table>", "Dear all\n");
    check("<tr><td>a<td>b</tr><tr><td><td>note<td></tr>", "a\tb\nnote\n");
    check("<table><tr><td>a<td>b</table><table><tr><td><td>Regards</table>", "a\tb\nRegards\n");
    check("<tr><td>a<td>b</tr><tr><td><td>one<br>two</tr>", "a\tb\none\ntwo\n");
}

#[test]
fn a_wide_cell_takes_its_columns_and_a_high_one_its_rows() {
    check("<tr><td colspan=2>a<td>c</tr><tr><td>x<td>y<td>z</tr>", "a\t\tc\nx\ty\tz\n");
    check("<tr><td colspan='2;'>a<td colspan=0>c<td colspan=x>d</tr>", "a\t\tc\td\n");
    check("<tr><td rowspan=2>a<td>b</tr><tr><td>c<tr><td>d<td>e", "a\tb\n\tc\nd\te\n");
    check("<tr><td>a<td rowspan=3>b<td>c</tr><tr><td>d<td>e", "a\tb\tc\nd\t\te\n");
    check("<table><tr><td rowspan=9>a<td>b</table><table><tr><td>c<td>d</table>", "a\tb\nc\td\n");
    check("<tr><td>a<td colspan=1000000>b</tr>", "a\tb\n");
}

#[test]
fn what_a_reader_does_not_see_is_left_out() {
    check("<title>t</title><style>p{}</style><script>if(a<b)</script><!-- c --><p>seen", "seen\n");
    check("one<br>two <b>th</b>ree\n four", "one\ntwo three four\n");
    check("main<span>te</span>n&shy;an<!-- -->ce &#8203;win<b>dow</b>", "maintenance window\n");
    check("Start:Â&nbsp;22:00", "Start: 22:00\n");
    check("<ul><li>one<li>two</ul>three", "one\ntwo\nthree\n");
}

#[test]
fn what_is_struck_out_is_said_no_more() {
    check("<p>Start <s>21:00</s> 22:00", "Start 22:00\n");
    check("a <strike>b <strike>c</strike> d</strike> e<del>f</del>g", "a eg\n");
    check("<td>a<td><span style='color:red; TEXT-DECORATION : line-through'>b <span>c</span></span> d", "a\td\n");
    check(
        "<p style='display: none'>preview</p>a<div style=\"x:y;display:none!important\"><div>b</div>c</div>d",
        "a\nd\n",
    );
    check("<td>a<td style=display:none>b<td>c", "a\tc\n");
    check("<tr><td>a<td>b<tr style='display:none'><td>c<td>d<tr><td>e<td>f", "a\tb\ne\tf\n");
    check("<td style=display:none><table><tr><td>a</td></tr></table></td><td>b<td>c", "b\tc\n");
    check("<div hidden>a</div>b<img style=display:none>c<br style='display:none'>d", "bc\nd\n");
}

#[test]
fn what_never_ends_being_hidden_is_shown() {
    check("<td><s>a<td>b</tr><tr><td>c", "b\nc\n");
    check("<p style=display:none>a<p>b", "b\n");
    check("<div style=display:none>a<p>b", "a\nb\n");
    check("<body style=display:none>a", "a\n");
    check("<xml>a<p>b", "a\nb\n");
    check("<div style=display:none><style></div>x</style></div>b", "b\n");
    check("<p style='text-decoration:none;x:display:none'>a</p>", "a\n");
    check("a<s>b<p>c", "ab\nc\n");
}

#[test]
fn preformatted_text_keeps_its_lines() {
    check("<pre>Start:   22:00\nEnd:\t04:00\n\n  x y</pre>z", "Start:\t22:00\nEnd:\t04:00\nx y\nz\n");
    check("<tr><td><pre>a  b\nc</pre><td>d", "a b\u{2028}c\td\n");
}

#[test]
fn a_tag_without_end_is_refused_and_an_embedded_picture_is_not() {
    let attributes = (0..20_000).map(|n| format!(" a{n}")).collect::<Vec<_>>().concat();
    check_beyond(&format!("<p{attributes}>"), "a tag goes beyond");
    check(&format!("<img src=\"data:image/png;base64,{}\">seen", "QUJD".repeat(100_000)), "seen\n");
    check(&format!("{}seen", "<div>".repeat(300_000)), "seen\n");
    check(&"&amp;".repeat(400_000), &format!("{}\n", "&".repeat(400_000)));
}

#[test]
fn a_table_beyond_measure_is_refused() {
    let wide = |columns: usize| format!("<table><tr>{}<td>b</table>", "<td>".repeat(columns - 1));
    check(&wide(MAX_COLUMNS), "b\n");
    check_beyond(&wide(MAX_COLUMNS + 1), "a row's number of columns goes beyond");
    check_beyond(&"<td colspan=1000000>a".repeat(3), "a row's number of columns goes beyond");
    check_beyond(&"<tr><td>a<td colspan=998><td>b".repeat(5_000), "text of a part goes beyond");
    check_beyond(&"<tr><td>a<td>b</tr>".repeat(1_000_000), "HTML of a part goes beyond");
    check("<tr><td rowspan=1000000>a<td>b<tr><td>c", "a\tb\n\tc\n");
    let towers = format!("<tr>{}", "<td rowspan=9>x".repeat(MAX_COLUMNS)).repeat(100);
    check_beyond(&towers, "a row's number of columns goes beyond");
}
