import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

from report_name import report_name


class ReportNameTest(unittest.TestCase):
    def test_names_are_stable(self):
        self.assertEqual(report_name("Café Zoë", "2026-11"), "cafe-zoe-2026-11.pdf")


if __name__ == "__main__":
    unittest.main()
